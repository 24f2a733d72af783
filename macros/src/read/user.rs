//! The keys of `user`.

use crate::arguments::Arguments;
use crate::literal::ids;
use crate::model::User;

pub(super) fn user(keys: &Arguments<'_>) -> User {
    User {
        uid: keys.integer("uid", ids::id),
        gid: keys.integer("gid", ids::id),
        keep: keys.switch("keep"),
        host: keys.switch("host"),
        ids: keys.texts("ids", ids::ids),
        gids: keys.texts("gids", ids::ranges),
        r#become: keys.integer("become", ids::id),
        no_caps: keys.choice("caps", &["none"]).map(|caps| caps.key),
    }
}
