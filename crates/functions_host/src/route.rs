//! Route templates of HTTP functions: literals, `{name}`, and a `{*path}` at the end.
//!
//! ASP.NET knows more (defaults, optional parts, constraints); a template that uses it is refused.

/// A template together with the host's route prefix.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq)]
enum Segment {
    Literal(String),
    Parameter,
    CatchAll,
}

impl Route {
    pub(crate) fn parse(prefix: &str, template: &str) -> Result<Route, String> {
        let whole = [prefix, template].map(|part| part.trim_matches('/')).join("/");
        let segments = whole
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| Segment::parse(segment).ok_or(segment))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|segment| format!("Route segment \"{segment}\" is not reproduced by this host"))?;
        match segments.iter().position(|segment| *segment == Segment::CatchAll) {
            Some(index) if index + 1 != segments.len() => {
                Err(format!("Route \"{template}\" goes on after its catch-all"))
            }
            _ => Ok(Route { segments }),
        }
    }

    /// Whether a request path, without its query, belongs to this route. Letter case does not matter.
    pub fn matches(&self, path: &str) -> bool {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut parts = path.split('/').filter(|_| !path.is_empty());
        for segment in &self.segments {
            match (segment, parts.next()) {
                (Segment::CatchAll, _) => return true,
                (Segment::Parameter, Some(part)) if !part.is_empty() => {}
                (Segment::Literal(literal), Some(part)) if literal.eq_ignore_ascii_case(part) => {}
                _ => return false,
            }
        }
        parts.next().is_none()
    }

    /// Whether some path belongs to both routes. How the real host would choose is not documented.
    pub(crate) fn overlaps(&self, other: &Route) -> bool {
        let (mut left, mut right) = (self.segments.iter(), other.segments.iter());
        loop {
            match (left.next(), right.next()) {
                (None, None) | (Some(Segment::CatchAll), _) | (_, Some(Segment::CatchAll)) => return true,
                (None, Some(_)) | (Some(_), None) => return false,
                (Some(Segment::Literal(a)), Some(Segment::Literal(b))) if !a.eq_ignore_ascii_case(b) => {
                    return false;
                }
                _ => {}
            }
        }
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Segment> {
        let plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if plain(name) => Some(Segment::Parameter),
            Some(name) if plain(name.trim_start_matches('*')) => Some(Segment::CatchAll),
            None if !text.contains(['{', '}']) => Some(Segment::Literal(text.to_string())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(template: &str) -> Route {
        Route::parse("api", template).expect("template is legal")
    }

    fn check(template: &str, path: &str, expected: bool) {
        assert_eq!(route(template).matches(path), expected, "{template} {path}");
    }

    #[test]
    fn literals_and_parameters_match_one_segment_each() {
        check("pairs/{pair}/cycles", "/api/pairs/finance/cycles", true);
        check("pairs/{pair}/cycles", "/API/Pairs/finance/Cycles/", true);
        check("pairs/{pair}/cycles", "/api/pairs//cycles", false);
        check("pairs/{pair}/cycles", "/api/pairs/finance", false);
        check("pairs/{pair}/cycles", "/pairs/finance/cycles", false);
    }

    #[test]
    fn a_catch_all_matches_any_rest_and_none() {
        check("pairs/{*path}", "/api/pairs", true);
        check("pairs/{*path}", "/api/pairs/", true);
        check("pairs/{*path}", "/api/pairs/a/b/c", true);
        check("pairs/{*path}", "/api/pair", false);
    }

    #[test]
    fn an_empty_prefix_leaves_the_template_alone() {
        let route = Route::parse("", "{*path}").expect("template is legal");
        assert!(route.matches("/") && route.matches("/anything"));
    }

    #[test]
    fn what_is_not_reproduced_is_refused() {
        for template in ["{id:int}", "{id?}", "{id=1}", "a{id}", "{*path}/more"] {
            assert!(Route::parse("api", template).is_err(), "{template}");
        }
    }

    #[test]
    fn overlapping_routes_are_noticed() {
        assert!(route("pairs/{*path}").overlaps(&route("pairs/{pair}/cycles")));
        assert!(route("pairs/{pair}").overlaps(&route("Pairs/now")));
        assert!(!route("pairs/{pair}/cycles").overlaps(&route("pairs/{pair}/decisions")));
        assert!(!route("pairs").overlaps(&route("pairs/{pair}")));
    }
}
