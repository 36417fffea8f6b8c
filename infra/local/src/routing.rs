//! How an HTTP API chooses the route of a request.
//!
//! AWS: a full match of method and path beats a greedy one, a greedy one beats `$default`. `{id}` counts as full.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>
//! Three rules are not in that page but in what the service does: a route key that ends in a slash is refused at
//! deployment, `/todos` does not answer `/todos/`, and a greedy variable takes one character or more, so that
//! `/todos/{proxy+}` answers neither `/todos` nor `/todos/`. (For the last some report otherwise. The stricter
//! reading is taken: what works here works under both, because every function takes the slash from the end of a path.)

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::template::Route;

/// The routes of an API, ready to be chosen from.
#[derive(Debug, Clone)]
pub struct Routes {
    routes: Vec<Compiled>,
    default: Option<Route>,
}

/// The route that was chosen for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The route key, such as `ANY /api/auth/me` or `$default`.
    pub route_key: String,
    /// The path's variables, decoded.
    pub path_parameters: BTreeMap<String, String>,
    /// The binary of the function that answers.
    pub function: String,
}

/// Why AWS would refuse a route key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("route key `{key}`: {problem}")]
pub struct RouteKeyError {
    key: String,
    problem: &'static str,
}

#[derive(Debug, Clone)]
struct Compiled {
    route: Route,
    method: Option<Method>,
    segments: Vec<Segment>,
    greedy: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Variable(String),
}

/// The order of preference among routes that match: the greatest wins.
type Rank = (bool, usize, usize, bool);

impl Routes {
    /// Compiles the routes, or says which key AWS would refuse.
    pub fn new(routes: &[Route]) -> Result<Self, RouteKeyError> {
        let mut compiled: Vec<Compiled> = Vec::new();
        let mut default = None;
        for route in routes {
            let taken = routes.iter().filter(|other| other.key == route.key).count() > 1;
            if taken {
                return Err(RouteKeyError { key: route.key.clone(), problem: "it is given twice" });
            }
            if route.key == "$default" {
                default = Some(route.clone());
            } else {
                compiled.push(Compiled::new(route)?);
            }
        }
        Ok(Self { routes: compiled, default })
    }

    /// Chooses the route for a request. `path` is as it came, still percent-encoded: variables are cut at the
    /// slashes that were sent, so `%2F` inside one stays inside it.
    pub fn choose(&self, method: &Method, path: &str) -> Option<Chosen> {
        let decoded: Vec<String> = path.split('/').skip(1).map(decode).collect();
        let best = self
            .routes
            .iter()
            .filter_map(|candidate| candidate.matches(method, &decoded).map(|(rank, found)| (rank, candidate, found)))
            .max_by_key(|(rank, ..)| *rank);
        match (best, &self.default) {
            (Some((_, chosen, path_parameters)), _) => Some(Chosen {
                route_key: chosen.route.key.clone(),
                path_parameters,
                function: chosen.route.function.clone(),
            }),
            (None, Some(default)) => Some(Chosen {
                route_key: default.key.clone(),
                path_parameters: BTreeMap::new(),
                function: default.function.clone(),
            }),
            (None, None) => None,
        }
    }
}

impl Compiled {
    fn new(route: &Route) -> Result<Self, RouteKeyError> {
        let refuse = |problem| RouteKeyError { key: route.key.clone(), problem };
        let (method, path) = route.key.split_once(' ').ok_or_else(|| refuse("it is not a method and a path"))?;
        let method = match method {
            "ANY" => None,
            "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" => {
                Method::from_bytes(method.as_bytes()).ok()
            }
            _ => return Err(refuse("its method is unknown")),
        };
        let rest = path.strip_prefix('/').ok_or_else(|| refuse("its path does not start with a slash"))?;
        if rest.ends_with('/') {
            return Err(refuse("AWS refuses keys that end in a slash"));
        }
        let mut segments = Vec::new();
        let mut greedy = None;
        for part in rest.split('/').filter(|_| !rest.is_empty()) {
            if greedy.is_some() {
                return Err(refuse("nothing may follow a greedy variable"));
            }
            match part.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
                Some(name) if name.ends_with('+') => greedy = Some(name.trim_end_matches('+').to_owned()),
                Some(name) => segments.push(Segment::Variable(name.to_owned())),
                None if part.is_empty() => return Err(refuse("it has an empty segment")),
                None => segments.push(Segment::Literal(part.to_owned())),
            }
        }
        Ok(Self { route: route.clone(), method, segments, greedy })
    }

    fn matches(&self, method: &Method, path: &[String]) -> Option<(Rank, BTreeMap<String, String>)> {
        if self.method.as_ref().is_some_and(|own| own != method) {
            return None;
        }
        // The root is one empty segment in the request and none in the key.
        let path = if path.len() == 1 && path.iter().all(String::is_empty) { &[] } else { path };
        let mut found = BTreeMap::new();
        let mut literals = 0;
        let mut rest = path.iter();
        for segment in &self.segments {
            let part = rest.next()?;
            match segment {
                Segment::Literal(expected) if expected == part => literals += 1,
                Segment::Variable(name) if !part.is_empty() => {
                    found.insert(name.clone(), part.clone());
                }
                _ => return None,
            }
        }
        let remaining: Vec<&str> = rest.map(String::as_str).collect();
        match &self.greedy {
            Some(name) => {
                let taken = remaining.join("/");
                if taken.is_empty() {
                    return None;
                }
                found.insert(name.clone(), taken);
            }
            None if !remaining.is_empty() => return None,
            None => {}
        }
        Some(((self.greedy.is_none(), self.segments.len(), literals, self.method.is_some()), found))
    }
}

fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[(&str, &str)] = &[
        ("ANY /", "root"),
        ("ANY /api/auth/token", "token"),
        ("ANY /api/auth/token/refresh", "refresh"),
        ("ANY /api/auth/token/{proxy+}", "token-children"),
        ("ANY /api/users/{id}", "user"),
        ("GET /api/users/{id}", "user-get"),
        ("ANY /api/users/me", "user-me"),
        ("ANY /api/users/{id}/roles", "user-roles"),
        ("ANY /api/users/{proxy+}", "user-children"),
        ("ANY /api/{proxy+}", "api-children"),
        ("$default", "default"),
    ];

    fn routes(keys: &[(&str, &str)]) -> Result<Routes, RouteKeyError> {
        let routes: Vec<Route> =
            keys.iter().map(|(key, function)| Route { key: (*key).into(), function: (*function).into() }).collect();
        Routes::new(&routes)
    }

    #[test]
    fn a_request_reaches_the_function_that_aws_would_choose() {
        let routes = routes(KEYS).unwrap();
        for (method, path, expected) in [
            ("POST", "/api/auth/token", "token"),
            ("DELETE", "/api/auth/token", "token"),
            ("POST", "/api/auth/token/refresh", "refresh"),
            ("POST", "/api/auth/token/verify", "token-children"),
            ("POST", "/api/auth/token/a/b", "token-children"),
            // A greedy variable wants a character, so only the broader one takes the slash.
            ("POST", "/api/auth/token/", "api-children"),
            ("POST", "/api/auth/token/refresh/", "token-children"),
            ("POST", "//api/auth/token", "default"),
            ("POST", "/api/auth//token", "api-children"),
            ("POST", "/API/auth/token", "default"),
            ("POST", "/api/auth/Token", "api-children"),
            ("POST", "/api/auth%2Ftoken", "api-children"),
            ("POST", "/api/auth/%74oken", "token"),
            ("GET", "/api/users/7", "user-get"),
            ("PUT", "/api/users/7", "user"),
            // A literal beats a variable, even where the variable's route names the method.
            ("GET", "/api/users/me", "user-me"),
            ("GET", "/api/users/7/roles", "user-roles"),
            ("GET", "/api/users/7/sessions", "user-children"),
            ("GET", "/api/users/", "api-children"),
            ("GET", "/", "root"),
            ("GET", "/elsewhere", "default"),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let chosen = routes.choose(&method, path).unwrap();
            assert_eq!(chosen.function, expected, "{method} {path}");
        }
    }

    #[test]
    fn path_variables_are_decoded_and_a_coded_slash_stays_inside_its_variable() {
        let routes = routes(KEYS).unwrap();
        let one = routes.choose(&Method::GET, "/api/users/a%2Fb%20c").unwrap();
        assert_eq!(one.path_parameters, BTreeMap::from([("id".into(), "a/b c".into())]));
        let greedy = routes.choose(&Method::GET, "/api/auth/token/x/y/").unwrap();
        assert_eq!(greedy.path_parameters, BTreeMap::from([("proxy".into(), "x/y/".into())]));
    }

    #[test]
    fn without_a_default_route_an_unknown_path_has_none() {
        let routes = routes(&[("GET /a", "a")]).unwrap();
        assert_eq!(routes.choose(&Method::GET, "/b"), None);
        assert_eq!(routes.choose(&Method::POST, "/a"), None);
    }

    #[test]
    fn keys_that_aws_refuses_are_refused_by_name() {
        for key in ["ANY /a/", "ANY a", "FETCH /a", "/a", "ANY /a//b", "ANY /{proxy+}/b"] {
            let error = routes(&[(key, "f")]).unwrap_err();
            assert!(error.to_string().contains(key), "{error}");
        }
        assert!(routes(&[("ANY /a", "f"), ("ANY /a", "g")]).is_err());
    }
}
