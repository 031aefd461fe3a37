//! Usernames that may be a mistake: they are stored as they are, but somebody should look at them.

use std::hash::{DefaultHasher, Hash, Hasher};

use accounts::Username;

use crate::figures::counted;

/// What was noticed about the usernames of a table. It takes 16 bytes per user.
#[derive(Default)]
pub(crate) struct Names {
    /// The hash of each name in lower case, and its line.
    folded: Vec<(u64, u64)>,
    spaces: u64,
    first_space: Option<u64>,
}

impl Names {
    pub(super) fn add(&mut self, username: &Username, line: u64) {
        let name = username.as_str();
        let mut hasher = DefaultHasher::new();
        name.to_lowercase().hash(&mut hasher);
        self.folded.push((hasher.finish(), line));
        if name.trim() != name {
            self.spaces += 1;
            self.first_space = self.first_space.into_iter().chain([line]).min();
        }
    }

    /// What to tell people, a line for each kind.
    pub(crate) fn warnings(&mut self) -> Vec<String> {
        self.folded.sort_unstable();
        let mut alike = 0;
        let mut example = None;
        for group in self.folded.chunk_by(|one, other| one.0 == other.0) {
            if let [(_, first), (_, second), ..] = group {
                alike += group.len() as u64;
                example = example.into_iter().chain([(*first, *second)]).min();
            }
        }
        let case = example.map(|(first, second)| {
            format!(
                "{} from another only in upper and lower case, as in lines {first} and {second}: each is a separate user",
                counted(alike, "username differs", "usernames differ")
            )
        });
        let spaces = self.first_space.map(|line| {
            format!(
                "{} with a space, as in line {line}: it has to be typed at each login",
                counted(self.spaces, "username begins or ends", "usernames begin or end")
            )
        });
        case.into_iter().chain(spaces).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_and_names_with_spaces_around_are_noticed() {
        let mut names = Names::default();
        assert!(names.warnings().is_empty());
        for (line, name) in (2..).zip(["Alice", "bob", "ÄNNE", "alice", "änne", "carol ", "o hara"]) {
            names.add(&Username::parse(name).unwrap(), line);
        }
        assert_eq!(
            names.warnings(),
            [
                "4 usernames differ from another only in upper and lower case, as in lines 2 and 5: each is a separate user",
                "1 username begins or ends with a space, as in line 7: it has to be typed at each login",
            ]
        );
    }
}
