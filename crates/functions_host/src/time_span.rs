//! Durations as .NET writes them: `hh:mm:ss`, with days as `d.hh:mm:ss`.

use std::time::Duration;

pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a duration like 00:30:00");
    let (days, clock) = match text.split_once('.') {
        Some((days, clock)) if clock.contains(':') => (number(days, u64::MAX).ok_or_else(wrong)?, clock),
        _ => (0, text),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let [hours, minutes, seconds] = parts[..] else { return Err(wrong()) };
    let hours = number(hours, 23).ok_or_else(wrong)?;
    let minutes = number(minutes, 59).ok_or_else(wrong)?;
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let seconds = number(seconds, 59).ok_or_else(wrong)?;
    if fraction.len() > 7 {
        return Err(wrong());
    }
    let nanoseconds = number(fraction, u64::MAX).ok_or_else(wrong)? * 10u64.pow(9 - fraction.len() as u32);
    let whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    Ok(Duration::from_secs(whole) + Duration::from_nanos(nanoseconds))
}

fn number(text: &str, largest: u64) -> Option<u64> {
    let plain = (1..=7).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|value| plain && *value <= largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_dot_net_writes_them() {
        assert_eq!(parse("00:00:30"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("02:00:00"), Ok(Duration::from_secs(7200)));
        assert_eq!(parse("1.00:00:00"), Ok(Duration::from_secs(86_400)));
        assert_eq!(parse("00:00:00.25"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn what_dot_net_refuses_is_refused() {
        for text in ["", "30", "24:00:00", "00:60:00", "00:00:+1", "0:0", "a:b:c", "-1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
