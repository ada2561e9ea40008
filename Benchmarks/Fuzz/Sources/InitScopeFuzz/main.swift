import CLibFuzzer
import Foundation

// InitScopeFuzz READER [libFuzzer's options and corpus directories]

let arguments = CommandLine.arguments
guard arguments.count > 1, let reader = FuzzReader.all.first(where: { $0.name == arguments[1] }) else {
  FileHandle.standardError.write(
    Data("usage: InitScopeFuzz READER [libFuzzer's arguments]; readers: \(FuzzReader.all.map(\.name).joined(separator: " "))\n".utf8))
  exit(64)
}
Chosen.reader = reader
try Scratch.prepare()
var count = Int32(arguments.count - 1)
var words: [UnsafeMutablePointer<CChar>?] = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
let status = words.withUnsafeMutableBufferPointer { buffer in
  var start = buffer.baseAddress
  return LLVMFuzzerRunDriver(&count, &start) { bytes, size in
    Chosen.reader?.read(Data(bytes: UnsafeRawPointer(bytes ?? UnsafePointer(bitPattern: 1)!), count: bytes == nil ? 0 : size))
    return 0
  }
}
Scratch.remove()
exit(status)
