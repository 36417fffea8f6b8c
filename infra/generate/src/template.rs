//! The routes in the template, between two marks.

use std::fmt::Write as _;

use crate::names::capitalized;
use crate::{Error, Routes};

/// The line before the routes.
const BEGIN: &str = "  # Written by `make generate`, down to the line that says so.";
/// The line behind them.
const END: &str = "  # Here ends what `make generate` writes.";

/// The template with these routes in the place of those that it has.
pub(crate) fn with_routes(template: &str, routes: &Routes) -> Result<String, Error> {
    let (before, rest) = template.split_once(BEGIN).ok_or(Error::Mark(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or(Error::Mark(END))?;
    let mut text = format!("{before}{BEGIN}\n");
    for route in routes.named()? {
        let (id, key, function) = (route.id, route.key, capitalized(route.function));
        // A string takes whatever is written to it.
        let _ = write!(
            text,
            "  {id}:\n    Type: AWS::ApiGatewayV2::Route\n    Properties:\n      ApiId: !Ref HttpApi\n      \
             RouteKey: {key}\n      Target: !Sub integrations/${{{function}Integration}}\n\n"
        );
    }
    Ok(text + END + after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_marks_stays() {
        let routes = Routes::of_the_api().unwrap();
        let written = with_routes(&format!("above\n{BEGIN}\n  Old:\n{END}\nbelow\n"), &routes).unwrap();
        assert!(written.starts_with(&format!("above\n{BEGIN}\n  DefaultRoute:\n")), "{written}");
        assert!(written.ends_with(&format!("\n\n{END}\nbelow\n")) && !written.contains("Old"), "{written}");
        let me = "  MeRoute:\n    Type: AWS::ApiGatewayV2::Route\n    Properties:\n      ApiId: !Ref HttpApi\n      \
                  RouteKey: ANY /api/auth/me\n      Target: !Sub integrations/${AccountIntegration}\n\n";
        assert!(written.contains(me), "{written}");
        assert_eq!(with_routes(&written, &routes).unwrap(), written, "a second time changes it");
    }

    #[test]
    fn a_template_without_marks_is_refused() {
        let routes = Routes::of_the_api().unwrap();
        for (template, lacking) in [("Resources:\n", BEGIN), (BEGIN, END)] {
            let found = with_routes(template, &routes).unwrap_err().to_string();
            assert!(found.contains(lacking), "{found}");
        }
    }
}
