#if canImport(Testing)
  import Testing
#endif
#if canImport(XCTest)
  import XCTest
#endif

/// Where an expectation stands in a test's source.
struct SourcePlace {
  var fileID: StaticString
  var filePath: StaticString
  var line: UInt
  var column: UInt

  /// Fails the test that runs, whichever framework runs it.
  ///
  /// Each framework is told in its own way, with the message as it is. Where Swift Testing knows of no current test, either
  /// XCTest runs one or the call came from a detached task: then both are told, since a framework without a test that runs
  /// ignores what it hears from the other one's tests, and a failure must never pass in silence.
  func report(_ message: String) {
    var isSwiftTesting = false
    #if canImport(Testing)
      isSwiftTesting = Test.current != nil
      Issue.record(Comment(rawValue: message), sourceLocation: location)
    #endif
    #if canImport(XCTest)
      if !isSwiftTesting { XCTFail(message, file: filePath, line: line) }
    #endif
  }

  #if canImport(Testing)
    var location: SourceLocation {
      SourceLocation(fileID: "\(fileID)", filePath: "\(filePath)", line: Int(line), column: Int(column))
    }
  #endif
}
