//! Files written in one step: whoever reads one finds what it said or what it says, and never a part. Knows no content.
//!
//! | written by | what it is | permissions | a link there | on the disk after |
//! |---|---|---|---|---|
//! | [`whole`] | a file of a cache, which can be made again | its owner's alone | is replaced | when the system gets to it |
//! | [`replace`] | a file of a person or of version control | stay | leads on to the file | the file itself |
//! | [`durable`] | what took long to make | those of any new file | is replaced | the file and its name |

mod beside;
pub mod durable;
mod replace;
mod whole;

pub use replace::replace;
pub use whole::{whole, whole_with};
