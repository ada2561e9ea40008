import CLibFuzzer
import Foundation

// InitScopeFuzz READER [libFuzzer's options and corpus directories]

/// What libFuzzer calls with each input; its library asks for the name even where a program has a main of its own.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  Chosen.reader?.read(bytes.map { Data(bytes: $0, count: size) } ?? Data())
  return 0
}

let arguments = CommandLine.arguments
guard arguments.count > 1, let reader = FuzzReader.all.first(where: { $0.name == arguments[1] }) else {
  let names = FuzzReader.all.map(\.name).joined(separator: " ")
  FileHandle.standardError.write(Data("usage: InitScopeFuzz READER [libFuzzer's arguments]; readers: \(names)\n".utf8))
  exit(64)
}
Chosen.reader = reader
try Scratch.prepare()
var count = Int32(arguments.count - 1)
var words: [UnsafeMutablePointer<CChar>?] = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
let status = words.withUnsafeMutableBufferPointer { buffer in
  var start = buffer.baseAddress
  return LLVMFuzzerRunDriver(&count, &start) { testOneInput($0, $1) }
}
Scratch.remove()
exit(status)
