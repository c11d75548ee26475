//! Where a person is reached: mail, chat, push, webhooks; each a capability table, a pure renderer and a sender.
