//! What goes wrong between us and a service, on request: the engine itself never throttles and never loses an
//! answer.

/// A fault of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused for now; nothing is done.
    Throttled,
    /// Refused because another transaction holds an item; nothing is done.
    Conflict,
    /// A transaction is cancelled because another holds an item; nothing is done.
    CancelledByConflict,
    /// It is done, but the caller never hears of it.
    LostAnswer,
    /// No connection; nothing is done.
    Unreachable,
    /// No answer ever comes; nothing is done. For tests whose clock is paused.
    Stalled,
    /// The caller may not do this; nothing is done.
    Denied,
    /// The answer is no DynamoDB's, as from a proxy in between; nothing is done.
    Nonsense,
    /// A batch read leaves all of its keys for later.
    Unprocessed,
}

impl Fault {
    /// The service's error of this fault, as status and body; none where there is no answer, or an ordinary one.
    pub(crate) fn answer(self) -> Option<(u16, String)> {
        let error = |name: &str| serde_json::json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{name}") });
        let (status, body) = match self {
            Self::Throttled => (400, error("ThrottlingException")),
            Self::Conflict => (400, error("TransactionConflictException")),
            Self::Denied => (400, error("AccessDeniedException")),
            Self::CancelledByConflict => {
                let mut body = error("TransactionCanceledException");
                body["CancellationReasons"] = serde_json::json!([{ "Code": "TransactionConflict" }]);
                (400, body)
            }
            Self::Nonsense => return Some((200, "<html>Welcome to the lounge</html>".to_owned())),
            Self::LostAnswer | Self::Unreachable | Self::Stalled | Self::Unprocessed => return None,
        };
        Some((status, body.to_string()))
    }
}
