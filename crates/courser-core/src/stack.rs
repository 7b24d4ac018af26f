//! The list of stages.

use std::fmt;
use std::sync::Arc;

use crate::connector::ConnectionManager;
use crate::error::{Error, Result};
use crate::middleware::Stage;
use crate::service::Service;

/// An ordered list of stages, outermost first: plain data that can be read and edited.
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
pub struct Stack {
    stages: Vec<Stage>,
}

impl Stack {
    /// No stages: a client of it sends requests as they are.
    #[must_use]
    pub const fn new() -> Self {
        Stack { stages: Vec::new() }
    }

    /// The names of the stages, outermost first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.stages.iter().map(Stage::name)
    }

    /// The stages, outermost first.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Adds a stage inside of all others.
    pub fn push(&mut self, stage: Stage) {
        self.stages.push(stage);
    }

    /// Adds a stage around all others.
    pub fn push_outermost(&mut self, stage: Stage) {
        self.stages.insert(0, stage);
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
        self.stages.insert(at, stage);
        Ok(())
    }

    /// Puts a stage just inside of the one that is named.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn insert_after(&mut self, name: &str, stage: Stage) -> Result<()> {
        let at = self.position(name)?;
        self.stages.insert(at + 1, stage);
        Ok(())
    }

    /// Puts a stage in place of the one that is named, which is handed back.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn replace(&mut self, name: &str, stage: Stage) -> Result<Stage> {
        let at = self.position(name)?;
        self.stages.push(stage);
        Ok(self.stages.swap_remove(at))
    }

    /// Leaves out the stage that is named, which is handed back.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn remove(&mut self, name: &str) -> Result<Stage> {
        let at = self.position(name)?;
        Ok(self.stages.remove(at))
    }

    /// Keeps only the stages that are named, in their present order.
    ///
    /// # Errors
    /// When a name is of no stage; the error lists the names.
    pub fn retain(&mut self, names: &[&str]) -> Result<()> {
        for name in names {
            self.position(name)?;
        }
        self.stages.retain(|stage| names.contains(&stage.name()));
        Ok(())
    }

    /// Makes the list ready to run, with connections of `manager` at its bottom.
    #[must_use]
    pub fn service(&self, manager: Arc<dyn ConnectionManager>) -> Service {
        Service::new(&self.stages, manager)
    }
}

impl FromIterator<Stage> for Stack {
    fn from_iter<I: IntoIterator<Item = Stage>>(stages: I) -> Self {
        let stages = stages.into_iter().collect();
        Stack { stages }
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.stages).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::middleware::from_fn;
    use crate::request::Request;
    use crate::service::Next;

    #[test]
    fn editing() {
        let stage = |name| {
            let pass = from_fn(name, |req: Request, next: Next| next.run(req));
            Stage::middleware(pass)
        };
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
