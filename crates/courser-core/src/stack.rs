//! The list of stages.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::connector::ConnectionManager;
use crate::error::{Error, Result};
use crate::middleware::Stage;
use crate::service::{Levels, Service};

/// An ordered list of stages, outermost first: plain data that can be read and edited. Clones are
/// cheap, and a client of one is made at little cost: all share what is needed to run it.
///
/// ```
/// use courser_core::{Next, Request, Stack, Stage, from_fn};
///
/// let pass = |name| Stage::middleware(from_fn(name, |req: Request, next: Next| next.run(req)));
/// let mut stack = Stack::new();
/// stack.push(pass("a"));
/// stack.push(pass("c"));
/// stack.insert_before("c", pass("b"))?;
/// stack.remove("a")?;
/// assert_eq!(stack.names().collect::<Vec<_>>(), ["b", "c"]);
///
/// let error = stack.remove("x").unwrap_err();
/// assert!(error.to_string().contains("b, c"));
/// # Ok::<(), courser_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Stack(Arc<Shared>);

/// What clones have in common, until one is edited.
#[derive(Default)]
struct Shared {
    stages: Vec<Stage>,
    /// The same, ready to run: made when the first client wants it.
    levels: OnceLock<Levels>,
}

/// To be edited, so that there is nothing ready in it.
impl Clone for Shared {
    fn clone(&self) -> Self {
        Shared {
            stages: self.stages.clone(),
            levels: OnceLock::new(),
        }
    }
}

impl Stack {
    /// No stages: a client of it sends requests as they are.
    #[must_use]
    pub fn new() -> Self {
        Stack::default()
    }

    fn edit(&mut self) -> &mut Vec<Stage> {
        let shared = Arc::make_mut(&mut self.0);
        shared.levels.take();
        &mut shared.stages
    }

    pub(crate) fn levels(&self) -> &Levels {
        let make = || Levels::of(&self.0.stages);
        self.0.levels.get_or_init(make)
    }

    /// The names of the stages, outermost first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.stages().iter().map(Stage::name)
    }

    /// The stages, outermost first.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.0.stages
    }

    /// Adds a stage inside of all others.
    pub fn push(&mut self, stage: Stage) {
        self.edit().push(stage);
    }

    /// Adds a stage around all others.
    pub fn push_outermost(&mut self, stage: Stage) {
        self.edit().insert(0, stage);
    }

    fn position(&self, name: &str) -> Result<usize> {
        self.names().position(|n| n == name).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            Error::invalid(format!("no stage is named \"{name}\""))
                .help(format!("the stages are {}", names.join(", ")))
        })
    }

    /// Puts a stage just outside of the one that is named.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn insert_before(&mut self, name: &str, stage: Stage) -> Result<()> {
        let at = self.position(name)?;
        self.edit().insert(at, stage);
        Ok(())
    }

    /// Puts a stage just inside of the one that is named.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn insert_after(&mut self, name: &str, stage: Stage) -> Result<()> {
        let at = self.position(name)?;
        self.edit().insert(at + 1, stage);
        Ok(())
    }

    /// Puts a stage in place of the one that is named, which is handed back.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn replace(&mut self, name: &str, stage: Stage) -> Result<Stage> {
        let at = self.position(name)?;
        let stages = self.edit();
        stages.push(stage);
        Ok(stages.swap_remove(at))
    }

    /// Leaves out the stage that is named, which is handed back.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn remove(&mut self, name: &str) -> Result<Stage> {
        let at = self.position(name)?;
        Ok(self.edit().remove(at))
    }

    /// Keeps only the stages that are named, in their present order.
    ///
    /// # Errors
    /// When a name is of no stage; the error lists the names.
    pub fn retain(&mut self, names: &[&str]) -> Result<()> {
        for name in names {
            self.position(name)?;
        }
        self.edit().retain(|stage| names.contains(&stage.name()));
        Ok(())
    }

    /// Makes the list ready to run, with connections of `manager` at its bottom.
    #[must_use]
    pub fn service(self, manager: Arc<dyn ConnectionManager>) -> Service {
        Service::new(self, manager)
    }
}

impl FromIterator<Stage> for Stack {
    fn from_iter<I: IntoIterator<Item = Stage>>(stages: I) -> Self {
        let stages = stages.into_iter().collect();
        Stack(Arc::new(Shared {
            stages,
            levels: OnceLock::new(),
        }))
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.stages()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::middleware::from_fn;
    use crate::request::Request;
    use crate::service::Next;
    use crate::testing::{Echo, FakeRt, now};
    use crate::{Call, Url};

    /// A stage that writes its name into a header field of the request.
    fn stage(name: &'static str) -> Stage {
        Stage::middleware(from_fn(name, move |mut req: Request, next: Next| {
            req.headers.append("Passed", name).unwrap();
            next.run(req)
        }))
    }

    #[test]
    fn clones_are_edited_apart_also_once_they_have_run() {
        let passed = |stack: &Stack| {
            let call = Arc::new(Call::new(Arc::new(FakeRt::default())));
            let req = Request::new(Url::parse("http://h/").unwrap(), call);
            let res = now(stack.clone().service(Arc::new(Echo)).call(req)).unwrap();
            let names = res.headers.get_all("Passed");
            names
                .map(|name| name.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let mut first = Stack::new();
        first.push(stage("a"));
        assert_eq!(passed(&first), ["a"]);
        let mut second = first.clone();
        second.push(stage("b"));
        assert_eq!(
            (passed(&first), passed(&second)),
            (vec!["a".into()], vec!["a".into(), "b".into()])
        );
        // One that is nobody else's.
        second.remove("a").unwrap();
        assert_eq!(passed(&second), ["b"]);
    }

    #[test]
    fn editing() {
        let mut stack = Stack::new();
        for name in ["a", "b", "c"] {
            stack.push(stage(name));
        }
        stack.push_outermost(stage("o"));
        stack.insert_after("c", stage("d")).unwrap();
        assert_eq!(stack.replace("b", stage("B")).unwrap().name(), "b");
        assert_eq!(stack.names().collect::<Vec<_>>(), ["o", "a", "B", "c", "d"]);
        stack.retain(&["d", "a"]).unwrap();
        assert_eq!(format!("{stack:?}"), "[a, d]");
        assert!(stack.retain(&["z"]).is_err() && stack.insert_before("z", stage("y")).is_err());
    }
}
