//! Everything that can be wrong with the framing of a request.
//!
//! A fault is a word, never a value: what a stranger sent is neither answered
//! back nor logged.

use crate::primitives::{Code, Refusal};

/// Declares the faults. Columns: variant, the word in metrics and records, the
/// code of the refusal, and the sentence the caller reads.
macro_rules! faults {
    ($($variant:ident, $reason:literal, $code:ident, $sentence:literal;)*) => {
        /// Why a request head, or the framing of a body, was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(in crate::ingress) enum Fault {
            $(#[doc = $sentence] $variant,)*
        }

        impl Fault {
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word for metrics and records.
            pub(in crate::ingress) const fn reason(self) -> &'static str {
                match self { $(Self::$variant => $reason,)* }
            }

            /// The code of the refusal.
            pub(in crate::ingress) const fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code,)* }
            }

            const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

faults! {
    BareCarriageReturn, "bare_cr", MalformedRequest, "a carriage return in the request head is not followed by a line feed";
    BareLineFeed, "bare_lf", MalformedRequest, "a line of the request head ends in a line feed alone";
    Control, "control_byte", MalformedRequest, "the request head holds a control character";
    NotAscii, "non_ascii_byte", MalformedRequest, "the request head holds a byte outside ASCII";
    RequestLine, "request_line", MalformedRequest, "the request line is not a method, a target and a version with one space between them";
    Version, "http_version", MalformedRequest, "the request is not HTTP/1.1";
    Method, "method", MethodNotAllowed, "the method is not one this gateway takes";
    TargetForm, "target_form", MalformedRequest, "the request target does not begin with a slash";
    TargetByte, "target_byte", MalformedRequest, "the request target holds a character that must be percent-encoded";
    TargetEscape, "target_escape", MalformedRequest, "the request target holds a percent sign without two hexadecimal digits";
    EncodedControl, "target_encoded_control", MalformedRequest, "the request target holds an encoded control character";
    EncodedSyntax, "target_encoded_syntax", MalformedRequest, "the request path holds an encoded dot, backslash or percent sign";
    Fragment, "target_fragment", MalformedRequest, "the request target holds a fragment";
    Backslash, "target_backslash", MalformedRequest, "the request target holds a backslash";
    Semicolon, "target_semicolon", MalformedRequest, "the request target holds a semicolon";
    DotSegment, "target_dot_segment", MalformedRequest, "the request path holds a `.` or `..` segment";
    EmptySegment, "target_empty_segment", MalformedRequest, "the request path holds an empty segment";
    TargetTooLong, "target_too_long", UriTooLong, "the request target is longer than the limit";
    Folded, "folded_line", MalformedRequest, "a header line begins with white space";
    NoColon, "header_without_colon", MalformedRequest, "a header line has no colon";
    NameSpace, "header_name_space", MalformedRequest, "there is white space between a header name and its colon";
    NameUnderscore, "header_name_underscore", MalformedRequest, "a header name holds an underscore";
    Name, "header_name", MalformedRequest, "a header name is empty or holds a character no name has";
    HeadersTooLarge, "headers_too_large", HeadersTooLarge, "the request head has more fields or bytes than the limit";
    LengthRepeated, "content_length_repeated", MalformedRequest, "`content-length` stands more than once";
    Length, "content_length", MalformedRequest, "`content-length` is not a decimal number";
    CodingRepeated, "transfer_encoding_repeated", MalformedRequest, "`transfer-encoding` stands more than once";
    Coding, "transfer_encoding", MalformedRequest, "`transfer-encoding` is not exactly `chunked`";
    TwoFramings, "two_framings", MalformedRequest, "`content-length` and `transfer-encoding` stand together";
    BodyOfGet, "body_without_meaning", MalformedRequest, "a body has no meaning with this method";
    NoHost, "host_missing", MalformedRequest, "there is no `host`";
    HostRepeated, "host_repeated", MalformedRequest, "`host` stands more than once";
    Host, "host", MalformedRequest, "`host` is not a name or an address with an optional port";
    ForeignHost, "host_foreign", MisdirectedRequest, "this gateway does not answer for the name in `host`";
    Origin, "origin", CrossOrigin, "the request comes from a web page, and this port is for programs on this machine";
    Upgrade, "upgrade", MalformedRequest, "the connection cannot be upgraded";
    Expect, "expect", MalformedRequest, "`expect` is not exactly `100-continue`";
    ChunkSize, "chunk_size", MalformedRequest, "a chunk size is not up to eight hexadecimal digits";
    ChunkExtension, "chunk_extension", MalformedRequest, "a chunk has an extension";
    ChunkEnd, "chunk_end", MalformedRequest, "a chunk is longer or shorter than its size";
    Trailer, "trailer", MalformedRequest, "fields follow the last chunk";
    Cut, "head_cut", MalformedRequest, "the connection ended in the middle of the request head";
    Slow, "head_slow", RequestTimeout, "the request head did not arrive in time";
}

impl Fault {
    /// The refusal the caller reads.
    pub(in crate::ingress) fn refusal(self) -> Refusal {
        Refusal::new(self.code(), self.sentence()).with_detail(self.reason())
    }
}
