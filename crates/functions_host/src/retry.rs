//! The retry policy of a timer function: held in memory, lost with the host.

use std::time::Duration;

use serde::Deserialize;

use crate::time_span;

/// `retry` in function.json.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RetryPolicy {
    /// -1 is for ever.
    pub(crate) maximum: i32,
    pause: Pause,
}

#[derive(Clone, Debug, PartialEq)]
enum Pause {
    Fixed(Duration),
    /// Doubles from the first to the second. The real host varies it by chance.
    Exponential(Duration, Duration),
}

#[derive(Deserialize)]
#[serde(tag = "strategy", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
enum File {
    FixedDelay { max_retry_count: i32, delay_interval: String },
    ExponentialBackoff { max_retry_count: i32, minimum_interval: String, maximum_interval: String },
}

impl RetryPolicy {
    pub(crate) fn parse(retry: serde_json::Value) -> Result<RetryPolicy, String> {
        let file = serde_json::from_value(retry).map_err(|error| format!("retry: {error}"))?;
        let duration = |text: &str| time_span::parse(text).map_err(|mistake| format!("retry: {mistake}"));
        let (maximum, pause) = match file {
            File::FixedDelay { max_retry_count, delay_interval } => {
                (max_retry_count, Pause::Fixed(duration(&delay_interval)?))
            }
            File::ExponentialBackoff { max_retry_count, minimum_interval, maximum_interval } => {
                let (minimum, maximum) = (duration(&minimum_interval)?, duration(&maximum_interval)?);
                if minimum > maximum {
                    return Err("retry: minimumInterval is above maximumInterval".to_string());
                }
                (max_retry_count, Pause::Exponential(minimum, maximum))
            }
        };
        if maximum < -1 {
            return Err(format!("retry: maxRetryCount {maximum} is neither a number of retries nor -1"));
        }
        Ok(RetryPolicy { maximum, pause })
    }

    /// How long to wait before another attempt, when so many retries have been made.
    pub(crate) fn pause(&self, retries: u32) -> Option<Duration> {
        if self.maximum >= 0 && retries >= self.maximum.unsigned_abs() {
            return None;
        }
        Some(match self.pause {
            Pause::Fixed(delay) => delay,
            Pause::Exponential(minimum, maximum) => {
                minimum.saturating_mul(2u32.saturating_pow(retries)).min(maximum)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(retry: serde_json::Value, retries: &[u32], expected: &[Option<u64>]) {
        let policy = RetryPolicy::parse(retry).expect("policy is legal");
        let pauses: Vec<_> =
            retries.iter().map(|count| policy.pause(*count).map(|it| it.as_secs())).collect();
        assert_eq!(pauses, expected);
    }

    #[test]
    fn a_fixed_delay_is_the_same_until_the_retries_are_spent() {
        let retry = json!({"strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:05:00"});
        check(retry, &[0, 1, 2, 3], &[Some(300), Some(300), None, None]);
        let never = json!({"strategy": "fixedDelay", "maxRetryCount": 0, "delayInterval": "00:05:00"});
        check(never, &[0], &[None]);
    }

    #[test]
    fn a_backoff_doubles_up_to_its_maximum_and_may_go_on_for_ever() {
        let retry = json!({"strategy": "exponentialBackoff", "maxRetryCount": -1,
            "minimumInterval": "00:00:10", "maximumInterval": "00:01:00"});
        check(retry, &[0, 1, 2, 3, 1000], &[Some(10), Some(20), Some(40), Some(60), Some(60)]);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for retry in [
            json!({}),
            json!({"strategy": "other", "maxRetryCount": 1}),
            json!({"strategy": "fixedDelay", "maxRetryCount": 1}),
            json!({"strategy": "fixedDelay", "maxRetryCount": -2, "delayInterval": "00:00:01"}),
            json!({"strategy": "fixedDelay", "maxRetryCount": 1, "delayInterval": "soon"}),
            json!({"strategy": "fixedDelay", "maxRetryCount": 1, "delayInterval": "00:00:01", "x": 1}),
            json!({"strategy": "exponentialBackoff", "maxRetryCount": 1,
                "minimumInterval": "00:00:02", "maximumInterval": "00:00:01"}),
        ] {
            assert!(RetryPolicy::parse(retry.clone()).is_err(), "{retry}");
        }
    }
}
