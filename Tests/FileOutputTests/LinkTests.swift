import FileOutput
import Foundation
import Glibc
import Testing

/// A symbolic link stays what it is; what it leads to is written, whether it was there or not.
@Suite struct LinkTests {
  @Test func linksOfEveryKindStay() throws {
    let scratch = try FileScratch()
    try scratch.directory("sub/deep")
    let links = [
      "absolute": scratch("a"), "relative": "b", "below": "sub/c", "dotted": "./sub/../d", "chain": "chain2",
      "chain2": "sub/chain3", "sub/chain3": "../e", "sub/up": "../f", "sub/deep/up": "../../g",
    ]
    for (name, target) in links { try scratch.link(name, to: target) }
    let leads = [
      "absolute": "a", "relative": "b", "below": "sub/c", "dotted": "d", "chain": "e", "sub/up": "f", "sub/deep/up": "g",
    ]
    // First dangling, then to a file that exists.
    for content: [UInt8] in [[1], [2, 3]] {
      for (name, file) in leads {
        try AtomicFile.probe(scratch(name))
        try AtomicFile.write(content, to: scratch(name))
        #expect(scratch.bytes(file) == content, "\(name)")
      }
      for (name, target) in links { #expect(scratch.target(name) == target, "\(name)") }
    }
    for file in leads.values { #expect(scratch.target(file) == nil) }
    #expect(scratch.names.filter { $0.hasPrefix(".") }.isEmpty)
  }

  @Test func aLinkFromTheWorkingDirectory() throws {
    // A bare name has no directory in front of it. `chdir` is the whole process's: a child does it.
    let scratch = try FileScratch()
    try scratch.link("link", to: "missing/file")
    let error = outputError { () throws(OutputError) in try AtomicFile.write([1], to: scratch("link")) }
    #expect(error?.reason == .noSuchDirectory)
    #expect(outputError { () throws(OutputError) in try AtomicFile.probe(scratch("link")) }?.reason == .noSuchDirectory)
    #expect(scratch.target("link") == "missing/file" && scratch.names == ["link"])
  }

  @Test func loopsAreRefused() throws {
    let scratch = try FileScratch()
    try scratch.link("self", to: "self")
    try scratch.link("one", to: "two")
    try scratch.link("two", to: "one")
    for name in ["self", "one", "two"] {
      for write in [true, false] {
        let error = outputError { () throws(OutputError) in
          if write { try AtomicFile.write([1], to: scratch(name)) } else { try AtomicFile.probe(scratch(name)) }
        }
        #expect(error?.reason == .linkLoop)
        #expect(error?.description.contains("its symbolic links lead to each other; name the file itself") == true)
      }
      #expect(outputError { () throws(OutputError) in try AtomicFile.createDirectory(scratch(name)) }?.reason == .linkLoop)
      #expect(outputError { () throws(OutputError) in try AtomicFile.probe(directory: scratch(name)) }?.reason == .linkLoop)
    }
    #expect(scratch.names == ["one", "self", "two"])
  }

  @Test func linksToDirectories() throws {
    let scratch = try FileScratch()
    try scratch.directory("there")
    try scratch.link("existing", to: "there")
    try scratch.link("dangling", to: "new/deep")
    try AtomicFile.probe(directory: scratch("dangling"))
    #expect(scratch.names == ["dangling", "existing", "there"])
    for name in ["existing", "dangling", "dangling"] {
      try AtomicFile.createDirectory(scratch(name))
      try AtomicFile.write([7], to: scratch("\(name)/file"))
    }
    #expect(scratch.bytes("there/file") == [7] && scratch.bytes("new/deep/file") == [7])
    #expect(scratch.target("existing") == "there" && scratch.target("dangling") == "new/deep")
    #expect(
      outputError { () throws(OutputError) in try AtomicFile.write([1], to: scratch("existing")) }?.reason == .isDirectory)
  }

  @Test(arguments: [0o600, 0o640, 0o444, 0o755, 0o4755, 0o666]) func modesStay(mode: Int) throws {
    let scratch = try FileScratch()
    try AtomicFile.write([1], to: scratch("file"))
    try #require(chmod(scratch("file"), mode_t(mode)) == 0)
    try scratch.link("link", to: "file")
    for name in ["file", "link"] {
      try AtomicFile.write([2], to: scratch(name))
      var status = stat()
      #expect(stat(scratch("file"), &status) == 0 && Int(status.st_mode & 0o7777) == mode)
    }
  }

  @Test func aNewFileFollowsTheMask() throws {
    let scratch = try FileScratch()
    let mask = umask(0)
    umask(mask)
    try AtomicFile.write([1], to: scratch("file"))
    var status = stat()
    #expect(stat(scratch("file"), &status) == 0 && status.st_mode & 0o777 == 0o666 & ~mask)
  }

  @Test func ownersStayWhereTheyMay() throws {
    // Only root gives files away.
    guard geteuid() == 0 else { return }
    let scratch = try FileScratch()
    try AtomicFile.write([1], to: scratch("file"))
    try #require(chown(scratch("file"), 12_345, 54_321) == 0)
    try AtomicFile.write([2], to: scratch("file"))
    var status = stat()
    #expect(stat(scratch("file"), &status) == 0 && status.st_uid == 12_345 && status.st_gid == 54_321)
  }

  @Test func oneFileTwiceInASetIsRefused() throws {
    let scratch = try FileScratch()
    try scratch.link("link", to: "file")
    let error = outputError { () throws(OutputError) in
      try AtomicFile.write([.init(path: scratch("file"), bytes: [1]), .init(path: scratch("link"), bytes: [2])])
    }
    #expect(error?.reason == .namedTwice && scratch.names == ["link"])
  }

  @Test func namesWithoutSense() throws {
    for path in ["", "a\0b"] {
      #expect(outputError { () throws(OutputError) in try AtomicFile.write([1], to: path) } != nil)
      #expect(outputError { () throws(OutputError) in try AtomicFile.probe(path) } != nil)
    }
    #expect(outputError { () throws(OutputError) in try AtomicFile.createDirectory("") }?.reason == .emptyName)
    #expect(outputError { () throws(OutputError) in try AtomicFile.probe(directory: "") }?.reason == .emptyName)
    #expect(outputError { () throws(OutputError) in try AtomicFile.probe(directory: "/proc/none") } != nil)
    #expect(outputError { () throws(OutputError) in try AtomicFile.probe("/proc/none") } != nil)
    #expect(
      outputError { () throws(OutputError) in try AtomicFile.probe(directory: "/etc/hostname/x") }?.reason == .notADirectory)
  }
}
