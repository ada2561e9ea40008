import Foundation
import InitScope
import Testing

/// The overview says what the terminal's table says, in the same numbers.
@Suite struct PictureTableTests {
  @Test(arguments: [
    ["--depth", "5"], ["lenet", "--batch", "16"], ["--depth", "5", "--activation", "tanh", "--width", "24"],
  ])
  func theOverviewHasTheTablesNumbers(_ arguments: [String]) throws {
    let list = ["--init", "he_normal,normal(std=0.3),zeros", "--seeds", "3", "--no-png"]
    let command = try Command.run(
      Command.program, ["audit"] + arguments + list, in: nil, input: "", environment: ["COLUMNS": "160"])
    let json = try Command.run(
      Command.program, ["audit"] + arguments + list + ["--json"], in: nil, input: "", environment: [:])
    let report = try AuditJSON.decode(Array(json.output.utf8))
    let lines = command.output.split(separator: "\n").map(String.init)
    let head = try #require(lines.first { $0.hasPrefix("initializer") && $0.contains("cos") })
    for run in report.runs {
      let row = try #require(lines.first { $0.hasPrefix(run.initializer + " ") })
      func cell(_ title: String) throws -> String {
        // Numbers end where their column's title does.
        let start = try #require(head.range(of: " " + title)).upperBound
        let end = head[start...].firstIndex(of: " ") ?? head.endIndex
        let text = row.prefix(head.distance(from: head.startIndex, to: end))
        return text.split(separator: " ").last.map(String.init) ?? ""
      }
      func plain(_ text: String) -> String {
        text.replacing("–", with: "-").replacing("−", with: "-")
      }
      #expect(plain(Overview.entry(.cosine, of: run).text) == (try cell("cosine")), "\(arguments) \(run.initializer)")
      #expect(plain(Overview.entry(.dead, of: run).text) == (try cell("dead")), "\(arguments) \(run.initializer)")
    }
    // The verdicts' table, below.
    let verdicts = try #require(lines.firstIndex { $0.hasPrefix("verdict ") && $0.contains("trains") })
    for run in report.runs {
      // A row has all initializers of one outcome; their names may go on in the lines below it.
      let place = try #require(
        lines[verdicts...].firstIndex { line in
          line.split(separator: " ").contains { $0 == run.initializer || $0 == run.initializer + "," }
        })
      let row = try #require(lines[...place].last { !$0.hasPrefix(" ") })
      let words = row.split(separator: " ").map(String.init)
      let verdict = Overview.entry(.verdict, of: run), trains = Overview.entry(.trains, of: run)
      #expect(words.first == verdict.text && words.contains(trains.text), "\(row)")
      if let sure = trains.detail { #expect(words.contains(sure.replacing(" sure", with: "")), "\(row)") }
      if let rate = run.verdict?.learningRate {
        #expect(words.contains { Double($0) == rate } && Double(Overview.entry(.learningRate, of: run).text) == rate)
      }
    }
  }

  /// What an audit writes by itself is not tracked, so that `make audit` leaves the working copy clean on every processor.
  @Test func theDefaultPlaceIsNotTracked() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let ignored = try String(contentsOf: root.appending(path: ".gitignore"), encoding: .utf8)
    #expect(ignored.split(separator: "\n").contains("/Reports/audit/"))
    // README shows the example, which `make reports` alone makes.
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains("(Reports/example/overview.png)") && !readme.contains("(Reports/audit/"))
    let makefile = try String(contentsOf: root.appending(path: "Makefile"), encoding: .utf8)
    #expect(makefile.contains("audit --output Reports/example --quiet"))
    #expect(makefile.contains("see Reports/audit/overview.png"))
  }
}
