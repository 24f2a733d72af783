//! What the test requests.

/// A request of the test. Each request has one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Request {
    /// Return the state unchanged.
    State,
    /// Kill the remaining processes and start the program.
    Start,
    /// Send a signal to the main process.
    Signal(i32),
    /// Send a signal to the main process, and expect the exit that follows.
    Stop(i32),
    /// Kill the whole tree.
    Kill,
    /// Whether the test waits for the service, and so reports an exit itself.
    Waiting(bool),
    /// The test has reported the exit.
    Reported,
    /// Return the last lines of output. The answer is bare text.
    LastLines,
    /// Kill the whole tree and exit. The supervisor's exit is the answer.
    Quit,
}

impl Request {
    pub(in crate::service) fn encode(self) -> [u8; 5] {
        let (code, argument) = match self {
            Self::State => (0, 0),
            Self::Start => (1, 0),
            Self::Signal(number) => (2, number),
            Self::Stop(number) => (3, number),
            Self::Kill => (4, 0),
            Self::Waiting(waits) => (5, i32::from(waits)),
            Self::LastLines => (6, 0),
            Self::Quit => (7, 0),
            Self::Reported => (8, 0),
        };
        let [a, b, c, d] = argument.to_le_bytes();
        [code, a, b, c, d]
    }

    pub(in crate::service) fn decode(bytes: &[u8]) -> Option<Self> {
        let &[code, a, b, c, d] = bytes else {
            return None;
        };
        let argument = i32::from_le_bytes([a, b, c, d]);
        Some(match code {
            0 => Self::State,
            1 => Self::Start,
            2 => Self::Signal(argument),
            3 => Self::Stop(argument),
            4 => Self::Kill,
            5 => Self::Waiting(argument != 0),
            6 => Self::LastLines,
            7 => Self::Quit,
            8 => Self::Reported,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn requests_come_back() {
        let all = [
            Request::State,
            Request::Start,
            Request::Signal(-5),
            Request::Stop(15),
            Request::Kill,
            Request::Waiting(true),
            Request::Waiting(false),
            Request::Reported,
            Request::LastLines,
            Request::Quit,
        ];
        for request in all {
            assert_eq!(Request::decode(&request.encode()), Some(request));
        }
        assert_eq!(Request::decode(&[99, 0, 0, 0, 0]), None);
        assert_eq!(Request::decode(&[]), None);
    }
}
