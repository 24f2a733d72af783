//! A service's output: splits it into lines, forwards them with the service's name in front, counts
//! the texts that the test waits for, and keeps the last lines.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::last_lines::LastLines;
use crate::outcome::describe_signal;
use crate::service::message::{LONGEST, MOST_TEXTS};
use crate::sys::Text;
use crate::sys::fd;
use crate::sys::process::Pid;

/// The longest line written as one piece. `PIPE_BUF`, so that lines of several services do not mix.
const LONGEST_LINE: usize = 4096;

/// The reader of one service's output.
pub(in crate::service) struct Output {
    /// Whether lines are forwarded to the test's stderr.
    echo: bool,
    name: String,
    /// The unfinished line.
    line: Vec<u8>,
    /// A line being written.
    outgoing: Vec<u8>,
    last: LastLines,
    texts: Vec<Vec<u8>>,
    counts: [u32; MOST_TEXTS],
    /// The texts already counted for the unfinished line.
    in_line: [bool; MOST_TEXTS],
}

impl Output {
    /// Takes at most [`MOST_TEXTS`] texts.
    pub(in crate::service) fn new(name: &str, texts: Vec<Vec<u8>>, echo: bool) -> Self {
        Self {
            echo,
            name: name.to_owned(),
            line: Vec::with_capacity(LONGEST_LINE),
            outgoing: Vec::with_capacity(LONGEST_LINE + name.len() + 256),
            last: LastLines::new(),
            texts,
            counts: [0; MOST_TEXTS],
            in_line: [false; MOST_TEXTS],
        }
    }

    pub(super) fn echoes(&self) -> bool {
        self.echo
    }

    pub(super) fn counts(&self) -> [u32; MOST_TEXTS] {
        self.counts
    }

    /// Resets the counts, because the program was started again.
    pub(super) fn begin(&mut self) {
        self.end_line();
        self.counts = [0; MOST_TEXTS];
    }

    pub(super) fn take(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, is_whole) = match piece.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (piece, false),
            };
            self.extend_line(text);
            self.count_texts();
            if is_whole {
                self.pass_on();
            }
        }
    }

    /// Forwards a last line that has no newline.
    pub(super) fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.pass_on();
        }
    }

    /// Copies the kept lines, oldest first, and returns their size in bytes.
    pub(super) fn copy_last_lines(&self, into: &mut [u8]) -> usize {
        let mut length = 0;
        let unfinished = Some(&*self.line).filter(|line| !line.is_empty());
        for line in self.last.iter().chain(unfinished) {
            let room = into.len().min(LONGEST).saturating_sub(length);
            let fits = line.len().min(room.saturating_sub(1));
            into[length..length + fits].copy_from_slice(&line[..fits]);
            length += fits;
            if room > 0 {
                into[length] = b'\n';
                length += 1;
            }
        }
        length
    }

    /// Writes `ns-test: service ... exited with status 1`.
    pub(super) fn announce_end(&mut self, pid: Pid, status: ExitStatus, out_of_memory: bool) {
        self.end_line();
        let mut number = Text::<16>::new();
        self.outgoing.clear();
        self.add_outgoing(b"ns-test: service `");
        self.outgoing.extend_from_slice(self.name.as_bytes());
        self.add_outgoing(b"` (pid ");
        number.push_number(pid.unsigned_abs());
        self.outgoing.extend_from_slice(number.as_bytes());
        let mut number = Text::<16>::new();
        if let Some(killer) = status.signal() {
            self.add_outgoing(b") was killed by ");
            match describe_signal(killer) {
                Some((name, _)) => self.add_outgoing(name.as_bytes()),
                None => {
                    self.add_outgoing(b"signal ");
                    number.push_number(killer.unsigned_abs());
                }
            }
        } else {
            self.add_outgoing(b") exited with status ");
            number.push_number(status.code().unwrap_or_default().unsigned_abs());
        }
        self.add_outgoing(number.as_bytes());
        if out_of_memory {
            self.add_outgoing(b", while the kernel's out-of-memory killer was active");
        }
        self.add_outgoing(b"\n");
        self.write_outgoing();
    }

    fn extend_line(&mut self, mut text: &[u8]) {
        loop {
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            let (fits, rest) = text.split_at(text.len().min(room));
            self.line.extend_from_slice(fits);
            if rest.is_empty() {
                return;
            }
            // The line is too long to be written as one piece, so it continues in a further one.
            self.count_texts();
            self.pass_on();
            text = rest;
        }
    }

    /// Counts the line once for each text that it contains, even if it is unfinished: a prompt has
    /// no newline.
    fn count_texts(&mut self) {
        for (number, text) in self.texts.iter().enumerate().take(MOST_TEXTS) {
            if !self.in_line[number] && contains(&self.line, text) {
                self.in_line[number] = true;
                self.counts[number] = self.counts[number].saturating_add(1);
            }
        }
    }

    fn pass_on(&mut self) {
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        self.last.push(line);
        self.outgoing.clear();
        self.outgoing.push(b'[');
        self.outgoing.extend_from_slice(self.name.as_bytes());
        self.outgoing.extend_from_slice(b"] ");
        self.outgoing.extend_from_slice(line);
        self.outgoing.push(b'\n');
        self.line.clear();
        self.in_line = [false; MOST_TEXTS];
        self.write_outgoing();
    }

    fn add_outgoing(&mut self, bytes: &[u8]) {
        self.outgoing.extend_from_slice(bytes);
    }

    fn write_outgoing(&self) {
        if !self.echo {
            return;
        }
        let mut rest = &*self.outgoing;
        while !rest.is_empty() {
            match fd::write(io::stderr().as_fd(), rest) {
                Ok(written @ 1..) => rest = &rest[written..],
                // The read end of the test's stderr is closed: the service continues.
                _gone => return,
            }
        }
    }
}

fn contains(line: &[u8], text: &[u8]) -> bool {
    text.is_empty() || line.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE, Output};
    use crate::service::message::LONGEST;

    fn output(texts: &[&str]) -> Output {
        let texts = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        Output::new("server", texts, false)
    }

    fn lines(output: &Output) -> Vec<String> {
        let mut buffer = vec![0; LONGEST];
        let length = output.copy_last_lines(&mut buffer);
        let text = String::from_utf8(buffer[..length].to_vec()).expect("it is text");
        text.lines().map(ToOwned::to_owned).collect()
    }

    #[test]
    fn a_text_across_two_reads_is_one() {
        let mut output = output(&["ready"]);
        output.take(b"server is rea");
        assert_eq!(output.counts()[0], 0);
        output.take(b"dy");
        assert_eq!(output.counts()[0], 1, "there is no newline yet");
        output.take(b" to serve\nready\n");
        assert_eq!(output.counts()[0], 2, "one for each line");
    }

    #[test]
    fn the_last_fifty_lines_are_kept() {
        let mut output = output(&[]);
        for number in 0..120 {
            output.take(format!("line {number}\r\n").as_bytes());
        }
        output.take(b"unfinished");
        let lines = lines(&output);
        assert_eq!(lines.len(), 51);
        assert_eq!(lines[0], "line 70");
        assert_eq!(lines[50], "unfinished");
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut output = output(&["needle"]);
        output.take(&vec![b'x'; 3 * LONGEST_LINE]);
        output.take(b"needle");
        assert_eq!(output.counts()[0], 1);
        assert!(lines(&output).len() >= 3);
    }

    #[test]
    fn what_is_sent_fits_one_message() {
        let mut output = output(&[]);
        for _ in 0..50 {
            output.take(&[b'y'; 1000]);
            output.take(b"\n");
        }
        let mut buffer = vec![0; LONGEST];
        assert!(output.copy_last_lines(&mut buffer) <= LONGEST);
    }
}
