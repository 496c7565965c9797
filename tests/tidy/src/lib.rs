//! The rules of the tree itself, as tests. Each test lists everything that breaks its
//! rule, with file and line; an exception stands beside the rule with its reason, and
//! one that is no longer needed breaks the rule too.

#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod names;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod words;
