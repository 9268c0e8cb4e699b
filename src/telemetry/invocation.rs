//! The host's invocation: what a handler does within it belongs to the operation of the host's own request row.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::text;

/// In the context of all that belongs to an invocation.
#[derive(Debug)]
struct InvocationId(Arc<str>);

/// The context of an invocation, from what the host says of it. Without `traceparent` each step is an operation of its own.
pub fn invocation(traceparent: Option<&str>, id: Option<&str>) -> Context {
    let headers: HashMap<String, String> =
        traceparent.map(|value| ("traceparent".to_owned(), value.to_owned())).into_iter().collect();
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
    match id {
        Some(id) => context.with_value(InvocationId(text::tag(id).into())),
        None => context,
    }
}

pub(super) fn current() -> Option<Arc<str>> {
    Context::map_current(|context| context.get::<InvocationId>().map(|InvocationId(id)| id.clone()))
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TraceContextExt;

    use super::*;

    #[test]
    fn the_operation_is_the_hosts_although_it_has_not_sampled_it() {
        let context = invocation(Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"), Some("id"));
        let span = context.span().span_context().clone();
        assert_eq!(span.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert!(span.is_remote() && !span.is_sampled());
        let _here = context.attach();
        assert_eq!(current().as_deref(), Some("id"));
    }

    #[test]
    fn without_the_hosts_words_there_is_no_operation_yet() {
        for traceparent in [None, Some(""), Some("00-0-0-00")] {
            assert!(!invocation(traceparent, None).has_active_span(), "{traceparent:?}");
        }
        assert_eq!(current(), None);
    }
}
