//! Answers in the form of the table service.

use time::OffsetDateTime;
use time::macros::format_description;

use crate::message::Message;

/// An error with one of the service's codes.
pub(crate) fn refusal(status: u16, code: &str, message: &str, retry_after_seconds: Option<u32>) -> Message {
    let quoted = message.replace('\\', "\\\\").replace('"', "\\\"");
    let body =
        format!(r#"{{"odata.error":{{"code":"{code}","message":{{"lang":"en-US","value":"{quoted}"}}}}}}"#);
    let mut head = format!(
        "HTTP/1.1 {status} {code}\r\ndate: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         x-ms-error-code: {code}\r\nx-ms-version: 2019-02-02\r\n",
        now(),
        body.len(),
    );
    if let Some(seconds) = retry_after_seconds {
        head += &format!("retry-after: {seconds}\r\n");
    }
    head += "\r\n";
    Message { head: head.into_bytes(), body: body.into_bytes() }
}

fn now() -> String {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    OffsetDateTime::now_utc().format(&format).expect("now can be written")
}
