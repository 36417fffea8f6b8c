//! What is declared of configuration: variables, the sections that they form, and who reads a section.

use std::collections::BTreeSet;

/// One environment variable that the product reads.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The value it has when it is not set; none means that it must be set.
    pub default: Option<&'static str>,
    /// The bytes of its longest value, or of the longest that is sensible where nothing bounds it. Lambda takes 4 KB of
    /// names and values for one function.
    pub longest: usize,
    /// What it decides.
    pub meaning: &'static str,
}

/// Which processes read a section.
#[derive(Debug, Clone, Copy)]
pub enum ReadBy {
    /// Every function.
    Every,
    /// Every function behind the API.
    Api,
    /// Every function behind the API, and these.
    ApiAnd(&'static [&'static str]),
    /// Every function behind the API but these.
    ApiBut(&'static [&'static str]),
    /// These functions.
    Only(&'static [&'static str]),
}

/// A process that reads configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// A function behind the API, by the name of its binary.
    Api(&'static str),
    /// A function that is started by something else, by the name of its binary.
    Worker(&'static str),
    /// A tool of an operator or a developer, which may read all.
    Tool,
}

/// What is declared of a section.
#[derive(Debug, Clone, Copy)]
pub struct SectionShape {
    /// Its name.
    pub name: &'static str,
    /// Its variables.
    pub variables: &'static [Variable],
    /// Variables of other sections that it reads as well.
    pub also: &'static [Variable],
    /// Who reads it.
    pub readers: ReadBy,
}

impl SectionShape {
    /// Whether this process reads it.
    pub fn is_read_by(&self, process: Process) -> bool {
        match (self.readers, process) {
            (_, Process::Tool) | (ReadBy::Every, _) | (ReadBy::Api | ReadBy::ApiAnd(_), Process::Api(_)) => true,
            (ReadBy::ApiBut(names), Process::Api(name)) => !names.contains(&name),
            (ReadBy::Api | ReadBy::ApiBut(_), Process::Worker(_)) => false,
            (ReadBy::ApiAnd(names) | ReadBy::Only(names), Process::Api(name) | Process::Worker(name)) => {
                names.contains(&name)
            }
        }
    }

    /// All variables that it reads.
    pub fn reads(&self) -> impl Iterator<Item = &'static Variable> + use<> {
        self.variables.iter().chain(self.also)
    }
}

/// The environment of a process: every variable of the sections that it reads, once.
pub fn environment<'a>(sections: impl Iterator<Item = &'a SectionShape>, process: Process) -> Vec<&'static Variable> {
    let mut seen = BTreeSet::new();
    let read = sections.filter(|section| section.is_read_by(process)).flat_map(SectionShape::reads);
    read.filter(|variable| seen.insert(variable.name)).collect()
}

/// Declares a section: its constant, name and readers, the variables of other sections that it reads as well, and its
/// own variables, each with its default, the bytes of its longest value, and what it decides.
#[macro_export]
macro_rules! section {
    (
        $(#[$about:meta])* $section:ident: $label:literal, $readers:expr, also [$($also:expr),*];
        $($name:ident = $default:expr, $longest:expr, $meaning:literal;)*
    ) => {
        $(
            #[doc = concat!("The variable `", stringify!($name), "`.")]
            pub const $name: $crate::config::Variable = $crate::config::Variable {
                name: stringify!($name),
                default: $default,
                longest: $longest,
                meaning: $meaning,
            };
        )*
        $(#[$about])*
        pub const $section: $crate::config::SectionShape = $crate::config::SectionShape {
            name: $label,
            variables: &[$($name),*],
            also: &[$($also),*],
            readers: $readers,
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOUR: Variable = Variable { name: "COLOUR", default: Some("red"), longest: 10, meaning: "A colour." };
    const SIZE: Variable = Variable { name: "SIZE", default: None, longest: 3, meaning: "A size." };

    fn section(name: &'static str, variables: &'static [Variable], readers: ReadBy) -> SectionShape {
        SectionShape { name, variables, also: &[], readers }
    }

    #[test]
    fn a_function_reads_what_names_it() {
        let shape = |readers| section("looks", &[COLOUR], readers);
        let reads = |readers, process| shape(readers).is_read_by(process);
        assert!(reads(ReadBy::Every, Process::Worker("packer")));
        assert!(reads(ReadBy::Api, Process::Api("shop")) && !reads(ReadBy::Api, Process::Worker("packer")));
        assert!(reads(ReadBy::ApiAnd(&["packer"]), Process::Worker("packer")));
        assert!(reads(ReadBy::Only(&["shop"]), Process::Api("shop")));
        assert!(!reads(ReadBy::Only(&["shop"]), Process::Api("till")));
        assert!(reads(ReadBy::Only(&["shop"]), Process::Tool));
    }

    #[test]
    fn an_environment_has_each_variable_once() {
        let sections = [
            section("looks", &[COLOUR], ReadBy::Every),
            SectionShape { also: &[COLOUR], ..section("sizes", &[SIZE], ReadBy::Api) },
        ];
        let names = |process| environment(sections.iter(), process).iter().map(|one| one.name).collect::<Vec<_>>();
        assert_eq!(names(Process::Api("shop")), ["COLOUR", "SIZE"]);
        assert_eq!(names(Process::Worker("packer")), ["COLOUR"]);
    }
}
