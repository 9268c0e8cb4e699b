//! `BACKUP_SCHEDULE` and `RESUME_SCHEDULE`: when the timers fire. It is the host that reads them (NCRONTAB, in UTC); the
//! app reads them only to say what the host would not: a schedule that the host cannot read leaves a function that never
//! fires.

use croner::parser::{CronParser, Seconds, Year};

use super::mistake::{Mistakes, shown};
use super::variables::{BACKUP_SCHEDULE, RESUME_SCHEDULE, Variables};

pub(super) fn read_backup(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<String> {
    read(variables, BACKUP_SCHEDULE, "\"0 0 3 * * *\" for every night at three", mistakes)
}

pub(super) fn read_resume(variables: Variables<'_>, mistakes: &mut Mistakes) -> Option<String> {
    read(variables, RESUME_SCHEDULE, "\"0 */5 * * * *\" for every five minutes", mistakes)
}

fn read(variables: Variables<'_>, name: &str, example: &str, mistakes: &mut Mistakes) -> Option<String> {
    let read = match variables.get(name) {
        None => Err("Missing".to_owned()),
        Some(text) => match check(text) {
            Ok(()) => Ok(text.to_owned()),
            Err(problem) => Err(format!("{} is no schedule: {problem}", shown(text))),
        },
    };
    let remedy = format!("Use six fields (second minute hour day month weekday, in UTC), as {example}");
    read.map_err(|problem| mistakes.add(name, problem, remedy)).ok()
}

fn check(text: &str) -> Result<(), String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [_, _, _, _, _, weekday] = fields[..] else {
        return Err(match fields.len() {
            1 => "it has one field".to_owned(),
            length => format!("it has {length} fields"),
        });
    };
    if weekday.split(',').any(|part| part.split('/').next().is_some_and(|days| days.contains('7'))) {
        return Err("weekdays are 0 (Sunday) to 6".to_owned());
    }
    // NCRONTAB has numbers, names of three letters and these signs, and none of croner's extensions.
    if let Some(stranger) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || " \t*,-/".contains(*c))) {
        return Err(format!("the host does not know {stranger:?}"));
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    if let Some(stranger) = words.find(|word| word.len() != 3) {
        return Err(format!("the host does not know {stranger:?}"));
    }
    let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Disallowed).build();
    parser.parse(text).map(|_| ()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) {
        assert_eq!(check(text), Ok(()), "{text}");
    }

    fn refuses(text: &str) {
        assert!(check(text).is_err(), "{text}");
    }

    #[test]
    fn six_fields_that_the_host_can_read_are_accepted() {
        accepts("0 0 3 * * *");
        accepts("*/5 * * * * *");
        accepts("0 30 9-17/2 1,15 JAN-JUN MON-FRI");
        accepts("0\t0 3 * * 0");
    }

    #[test]
    fn what_the_host_cannot_read_is_refused() {
        refuses("0 3 * * *");
        refuses("0 0 3 * * * 2030");
        refuses("01:00:00");
        refuses("@daily");
        refuses("0 0 25 * * *");
        refuses("0 0 3 L * *");
        refuses("0 0 3 15W * *");
        refuses("0 0 3 ? * MON");
        refuses("0 0 3 * * MON#1");
        refuses("0 0 3 * * 7");
        refuses("0 0 3 * * 1-7");
    }
}
