/// A part of a file that one program draws: the whole file, or one tower of several.
struct FilePart: Sendable {
  enum Kind: Sendable { case whole, vision, audio, text, encoder, decoder, bridge }

  /// What the names of its tensors begin with; empty for the whole file and for what stands beside towers.
  var name: String
  var kind: Kind
  /// Places of its tensors in the file, ascending.
  var members: [Int]

  /// Whether the rule looks at this part of several. Random numbers may be used twice across parts; and a few tensors
  /// between two towers may all be zero.
  func isJudged(by rule: any WeightRule) -> Bool { !(rule is EqualTensors) && !(rule is AllZero && kind == .bridge) }
}

/// Finds the towers of a file that holds several models side by side, as of vision and language: each is drawn by its own
/// program, so that what is right in one is not what is right in another.
enum FileParts {
  private static let words: [Substring: FilePart.Kind] = [
    "vision_tower": .vision, "vision_model": .vision, "vision_encoder": .vision, "visual": .vision,
    "visual_encoder": .vision,
    "visual_model": .vision, "image_encoder": .vision, "img_encoder": .vision, "image_tower": .vision, "vision": .vision,
    "vision_backbone": .vision, "vpm": .vision,
    "audio_tower": .audio, "audio_model": .audio, "audio_encoder": .audio, "speech_encoder": .audio, "speech_model": .audio,
    "language_model": .text, "text_model": .text, "text_encoder": .text, "text_decoder": .text, "text_tower": .text,
    "llm": .text,
    "multi_modal_projector": .bridge, "mm_projector": .bridge, "connector": .bridge, "qformer": .bridge,
    "Qformer": .bridge, "resampler": .bridge, "aligner": .bridge,
  ]
  private static let sides: [Substring: FilePart.Kind] = ["encoder": .encoder, "decoder": .decoder]
  /// Modules between two towers that belong to one of them.
  private static let projections: [Substring: FilePart.Kind] = ["visual_projection": .vision, "text_projection": .text]

  /// The parts in the order in which they begin, one for a file that holds a single model.
  static func find(_ names: [TensorName], _ roles: [TensorRole]) -> [FilePart] {
    let whole = FilePart(name: "", kind: .whole, members: Array(names.indices))
    let towers = split(names, words)
    let isSeen = towers.contains { [.vision, .audio].contains($0.kind) && hasBlocks($0, names) }
    if isSeen, towers.count(where: { hasBlocks($0, names) }) > 1 { return withoutRemainder(towers, names, roles) }
    let halves = split(names, sides).filter { $0.kind != .whole }
    if halves.count == 2, areOfTwoModels(halves, names) { return withoutRemainder(split(names, sides), names, roles) }
    return [whole]
  }

  /// Tensors by the first of the words that stands among the first three parts of their names, before any number.
  private static func split(_ names: [TensorName], _ words: [Substring: FilePart.Kind]) -> [FilePart] {
    var parts: [FilePart] = [], places: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      let path = name.tokens.dropLast().prefix(3).prefix { Int($0) == nil }
      let place = path.firstIndex { words[$0] != nil }
      let prefix = place.map { path[...$0].joined(separator: ".") } ?? ""
      if let known = places[prefix] {
        parts[known].members.append(index)
      } else {
        places[prefix] = parts.count
        parts.append(FilePart(name: prefix, kind: place.flatMap { words[path[$0]] } ?? .whole, members: [index]))
      }
    }
    return parts
  }

  private static func hasBlocks(_ part: FilePart, _ names: [TensorName]) -> Bool {
    part.members.count { !names[$0].numbers.isEmpty } >= 4
  }

  /// Whether encoder and decoder have blocks under different paths, as where two models were put together. The halves of
  /// one model, such as T5, have the same ones. Convolutional ones are not meant, whose decoders are laws of their own.
  private static func areOfTwoModels(_ halves: [FilePart], _ names: [TensorName]) -> Bool {
    let stacks = halves.map { half in
      Set(
        half.members.compactMap { index -> String? in
          let name = names[index]
          guard !name.numbers.isEmpty, name.contains("attn", "attention") else { return nil }
          return String(name.pattern.dropFirst(half.name.count).prefix { $0 != "#" })
        })
    }
    return stacks.allSatisfy { !$0.isEmpty } && stacks[0].isDisjoint(with: stacks[1])
  }

  /// The parts with what stands beside towers put where it belongs: tables and heads to the language model, projections to
  /// their towers, and what has blocks of its own to itself.
  private static func withoutRemainder(_ parts: [FilePart], _ names: [TensorName], _ roles: [TensorRole]) -> [FilePart] {
    guard let place = parts.firstIndex(where: { $0.kind == .whole }), !hasBlocks(parts[place], names) else {
      // Beside a vision tower, blocks without a tower's name are the language model.
      return parts.map { part in
        var part = part
        if part.kind == .whole { part.kind = .text }
        return part
      }
    }
    var result = parts
    var left: [Int] = []
    for index in parts[place].members {
      let isOfText = [.head, .embedding].contains(roles[index].kind)
      let kind = isOfText ? .text : names[index].tokens.lazy.compactMap { projections[$0] }.first
      if let kind, let home = result.firstIndex(where: { $0.kind == kind }) {
        result[home].members.append(index)
      } else {
        left.append(index)
      }
    }
    result[place].kind = .bridge
    result[place].members = left
    for home in result.indices { result[home].members.sort() }
    return result.filter { !$0.members.isEmpty }
  }
}

extension ModelConfiguration {
  /// The configuration of a part; nil where the file of several parts says nothing of this one.
  func of(_ part: FilePart) -> ModelConfiguration? {
    switch part.kind {
    case .whole: self
    case .text: parts["text_config"] ?? parts["llm_config"] ?? self
    case .vision: parts["vision_config"]
    case .audio: parts["audio_config"]
    case .encoder: parts["encoder"]
    case .decoder: parts["decoder"]
    case .bridge: nil
    }
  }
}
