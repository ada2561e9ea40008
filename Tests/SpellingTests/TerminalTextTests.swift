import Spelling
import Testing

@Suite struct TerminalTextTests {
  @Test(arguments: [
    ("plain text, 1.5 ± 2 é 日本 👩‍👩‍👧", "plain text, 1.5 ± 2 é 日本 👩‍👩‍👧"),
    ("\u{1B}[31mred\u{1B}[0m", "\\u{1B}[31mred\\u{1B}[0m"),
    ("\u{1B}]0;title\u{7}", "\\u{1B}]0;title\\u{7}"),
    // One-byte CSI, and what a terminal in eight-bit mode obeys.
    ("\u{9B}2J", "\\u{9B}2J"),
    ("a\nb\tc\rd\u{0}e\u{7F}", "a\\nb\\tc\\rd\\u{0}e\\u{7F}"),
    // Swift reads CR LF as one character.
    ("a\r\nb", "a\\r\\nb"),
    ("gpj.\u{202E}exe", "gpj.\\u{202E}exe"),
    ("\u{2028}\u{2066}\u{FEFF}\u{E0041}", "\\u{2028}\\u{2066}\\u{FEFF}\\u{E0041}"),
    ("", ""),
  ])
  func nothingSteersATerminal(text: String, shown: String) {
    #expect(TerminalText.safe(text) == shown)
    // What is safe stays as it is.
    #expect(TerminalText.safe(shown) == shown)
  }

  @Test func longTextIsCut() {
    #expect(TerminalText.safe("abcdef", limit: 3) == "abc...")
    #expect(TerminalText.safe("abc", limit: 3) == "abc")
  }
}
