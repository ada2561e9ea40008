import Foundation
import TestSupport
import Testing

/// Package.swift lists modules so that each depends only on modules below it.
@Suite struct PackageOrderTests {
  /// A target as Package.swift declares it.
  struct Target {
    var name: String
    var isTest: Bool
    /// Targets of this package, not products of others.
    var dependencies: [String]
  }

  /// What breaks the order, one sentence each.
  static func faults(_ targets: [Target]) -> [String] {
    let places = Dictionary(
      targets.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let tests = Set(targets.filter(\.isTest).map(\.name))
    return targets.enumerated().flatMap { place, target in
      target.dependencies.compactMap { name in
        guard let other = places[name] else { return "\(target.name) depends on \(name), which is not declared" }
        if tests.contains(name) { return "\(target.name) depends on the tests \(name)" }
        return target.isTest || other > place ? nil : "\(target.name) depends on \(name), which stands above it"
      }
    }
  }

  /// The declarations in the manifest's text: names in quotes within `dependencies: [...]`, those of `.product(...)` apart.
  static func targets(manifest: String) -> [Target] {
    // The urls of packages have slashes, too; targets come after them.
    let text = manifest.replacing(/\/\/.*/, with: "")
    guard let list = text.firstRange(of: "targets: [\n") else { return [] }
    let declaration = /\.(target|executableTarget|testTarget|systemLibrary)\(\s*name: "(\w+)"/
    let body = text[list.upperBound...], starts = body.matches(of: declaration)
    return starts.enumerated().map { index, match in
      let end = index + 1 < starts.count ? starts[index + 1].range.lowerBound : body.endIndex
      let rest = body[match.range.upperBound..<end]
      let named = rest.firstMatch(of: /dependencies: \[(?s)(.*?)\]/).map { String($0.1) } ?? ""
      let own = named.replacing(/\.product\([^)]*\)/, with: "")
      return Target(
        name: String(match.2), isTest: match.1 == "testTarget", dependencies: own.matches(of: /"(\w+)"/).map { String($0.1) }
      )
    }
  }

  @Test func modulesDependOnlyOnModulesBelow() throws {
    let manifest = try String(contentsOf: Repository.root.appending(path: "Package.swift"), encoding: .utf8)
    let targets = Self.targets(manifest: manifest)
    let folders = try FileManager.default.contentsOfDirectory(atPath: Repository.root.appending(path: "Sources").path)
    // The Python package is no module.
    let modules = Set(folders.filter { !$0.hasPrefix(".") }).subtracting(["InitScopePython"])
    #expect(modules.isSubset(of: targets.map(\.name)))
    #expect(targets.first { $0.name == "ModelFiles" }?.dependencies.contains("NetworkGraph") == true)
    #expect(Self.faults(targets) == [])
  }

  /// What a module declares to depend on it imports, and the other way round.
  @Test func everyDependencyIsImported() throws {
    let manifest = try String(contentsOf: Repository.root.appending(path: "Package.swift"), encoding: .utf8)
    let targets = Self.targets(manifest: manifest), names = Set(targets.map(\.name))
    var compared = 0
    for target in targets {
      let folder = Repository.root.appending(path: "\(target.isTest ? "Tests" : "Sources")/\(target.name)")
      let files =
        FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
      let code = try files.filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
      guard !code.isEmpty else { continue }
      let line = /(?m)^(?:@\w+ |package |public |internal )?import (?:struct |class |enum )?(\w+)/
      let imported = Set(code.flatMap { $0.matches(of: line).map { String($0.1) } }).intersection(names)
      #expect(imported == Set(target.dependencies), "\(target.name)")
      compared += 1
    }
    #expect(compared > 40)
  }

  /// The README of each module names the modules of ours that it uses and those that use it.
  @Test func readmesNameTheModulesAroundThem() throws {
    let manifest = try String(contentsOf: Repository.root.appending(path: "Package.swift"), encoding: .utf8)
    let targets = Self.targets(manifest: manifest).filter { !$0.isTest }
    var compared = 0
    for target in targets {
      let path = Repository.root.appending(path: "Sources/\(target.name)/README.md")
      guard let text = try? String(contentsOf: path, encoding: .utf8),
        let lists = text.firstMatch(of: /Depends on:(?s)(.*?)Used by:(.*?)(?:\n- |\n\n|$)/)
      else { continue }
      func words(_ list: Substring) -> Set<String> { Set(list.matches(of: /\w+/).map { String($0.0) }) }
      let users = targets.filter { $0.dependencies.contains(target.name) }.map(\.name)
      // The modules that only bring a C library's header in have no README.
      let used = target.dependencies.filter { name in
        FileManager.default.fileExists(atPath: Repository.root.appending(path: "Sources/\(name)/README.md").path)
      }
      #expect(words(lists.1).isSuperset(of: used), "\(target.name) depends on \(used)")
      #expect(words(lists.2).isSuperset(of: users), "\(target.name) is used by \(users)")
      compared += 1
    }
    #expect(compared > 18)
  }

  /// Rules, verdicts and theory ask what a layer or an activation does, by traits and laws, and not which one it is.
  @Test func rulesAndTheoryAskNoTypeByName() throws {
    let layers = try FileManager.default.subpathsOfDirectory(
      atPath: Repository.root.appending(path: "Sources/NetworkGraph/Layers").path
    ).compactMap {
      try? String(contentsOf: Repository.root.appending(path: "Sources/NetworkGraph/Layers/\($0)"), encoding: .utf8)
    }
    .flatMap { $0.matches(of: /struct (\w+): [^{]*\w*Layer\b/).map { String($0.1) } }
    #expect(layers.contains("Dense") && layers.contains("Dropout") && layers.contains("Conv2D") && layers.count > 18)
    for module in ["Diagnosis", "MeanField"] {
      let folder = Repository.root.appending(path: "Sources/\(module)")
      for file in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where file.hasSuffix(".swift") {
        let code = try String(contentsOf: folder.appending(path: file), encoding: .utf8).replacing(/\/\/.*/, with: "")
        for match in code.matches(of: /\b(?:is|as\?) (?:any )?(\w+)/) {
          #expect(!layers.contains(String(match.1)), "\(module)/\(file): \(match.0)")
        }
        #expect(!code.contains(/(activation|layer)\.entry\.name|\.kind == "/), "\(module)/\(file)")
      }
    }
  }

  /// The check sees a module that stands too high, one that is missing, and one that depends on tests.
  @Test func aWrongOrderIsSeen() {
    let manifest = """
      let package = Package(
        dependencies: [.package(url: "https://example.org/a", from: "1.0.0")],
        targets: [
          .target(name: "Low"),  // "Not a target"
          .executableTarget(
            name: "High",
            dependencies: [
              "Low", "Missing", .product(name: "A", package: "a"), "LowTests",
            ]),
          .testTarget(name: "LowTests", dependencies: ["Low", "High"]),
        ]
      )
      """
    #expect(
      Self.faults(Self.targets(manifest: manifest)) == [
        "High depends on Low, which stands above it", "High depends on Missing, which is not declared",
        "High depends on the tests LowTests",
      ])
  }
}
