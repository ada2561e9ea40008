extension Judgement {
  /// The scheme that was asked for, or the best of those whose signs are in the file; tried once.
  mutating func recognize() {
    guard fit == nil else { return }
    if let chosen {
      // A scheme that was named says what is meant; the file does not choose its deviation.
      fit = SchemeFit(chosen, context, test, isWhole: true, isHeld: isNamed)
      return
    }
    // Statistics that chance moves are compared with room, so that one odd tensor does not decide.
    let lenient = LawTest(rate: 1e-6, tolerance: 0.03)
    others = candidates.map { SchemeFit($0, context, lenient, leftOut: claimed) }
    // Of equal ones the first, and a family's before a library's.
    var best: SchemeFit?
    for other in others where other.share > (best?.share ?? 0) + 1e-9 { best = other }
    guard var best, best.share > 0 else { return }
    // A library's defaults in a file with a family's signs: nobody asked for the family's scheme.
    if !best.scheme.isDemanded, best.share < 0.95,
      let family = others.filter({ $0.scheme.isDemanded }).max(by: { $0.share < $1.share }),
      family.share >= 0.5
    {
      best = family
    }
    // What the file itself declares comes before what a library would draw by itself.
    if !best.scheme.isDemanded, let own = others.first(where: { $0.scheme.isOfFile }), own.share >= 0.5 { best = own }
    // A library's defaults are there or not: a few that fit say nothing.
    guard best.scheme.isDemanded || best.weightShare >= 0.8 else { return }
    let recognized = SchemeFit(best.scheme, context, test, leftOut: claimed)
    fit = recognized
    // The file may say itself what it declares; names only suggest a family, whose law its program need not use.
    guard best.scheme.isDemanded, !best.scheme.isOfFile, let own = OwnLaw.find(context, leftOut: claimed),
      !isKin(own, recognized)
    else { return }
    let familys = best.share(of: own.matrices, context)
    // Where the family's formulas explain nearly all kinds, the odd one is a mistake, even if another law explains it, too.
    let isConfirmed = familys >= Self.nearlyAll && followsFans(best, own.matrices)
    guard own.share > familys + 0.05, !isConfirmed, !isFamilys(own, best, familys) else { return }
    // The law may be that of another program of the family, from which a table or the like differs alone.
    let kin = others.filter { $0.scheme.isDemanded && $0.scheme.signs == best.scheme.signs && $0.share >= 0.5 }
    if let other = kin.max(by: { $0.share(of: own.matrices, context) < $1.share(of: own.matrices, context) }),
      other.share(of: own.matrices, context) > own.share - 0.05
    {
      fit = SchemeFit(other.scheme, context, test, leftOut: claimed)
    } else {
      ownLaw = own
    }
  }

  /// Whether a scheme explains matrices of different deviations, and not only that those of one fan are alike, as they are
  /// under any law.
  private func followsFans(_ fit: SchemeFit, _ matrices: [Int]) -> Bool {
    // Divisions by the depth make deviations differ, too, and are no fans.
    let deviations = matrices.filter { index in
      fit.fits[index] == true && !fit.laws[index].contains { $0.text.contains("L") || $0.text.contains("l+1") }
    }.map { statistics($0).standardDeviation }
    guard let least = deviations.min(), let greatest = deviations.max() else { return false }
    return greatest > 1.2 * least
  }

  /// The share of kinds of matrices from which on a family's scheme is the file's, whatever else explains them.
  private static let nearlyAll = 0.8

  /// Whether a law is that of the family but for the shape of a kind of matrices or two: its one deviation, in a file most
  /// of which follows the family's scheme. Then that kind is odd, and the family's scheme is the file's.
  private func isFamilys(_ own: OwnLaw, _ fit: SchemeFit, _ share: Double) -> Bool {
    guard !own.isByFan, own.division == .none, fit.scheme.free == "std", share >= 0.5, let deviation = own.deviation,
      let std = fit.parameters["std"]
    else { return false }
    return abs(deviation / std - 1) < 0.05
  }

  /// Whether a law is the scheme's own formula with another fan, which is a mistake and no other law.
  private func isKin(_ own: OwnLaw, _ fit: SchemeFit) -> Bool {
    guard own.label.hasPrefix("Kaiming") else { return false }
    let declared = own.matrices.compactMap { fit.laws[$0].first?.text }
    return declared.count { $0.hasPrefix("kaiming") } * 2 > declared.count
  }

  /// How many times its usual value a fitted deviation may be. The root of 0.02, a common mistake, is 7 times as much.
  private static let farthestFitted = 10.0

  /// Whether deviations from the best fit are findings: it was asked for, or most of the file follows it, and its matrices
  /// follow no other law throughout.
  var demandsFit: Bool {
    guard let fit else { return false }
    // A deviation that was fitted to the file and is far from any that the family has: the file follows another law.
    if chosen == nil, let free = fit.scheme.free, fit.origins[free] == "file", let own = fit.parameters[free],
      let usual = fit.scheme.parameters[free], own > Self.farthestFitted * usual
    {
      return false
    }
    return chosen != nil || fit.scheme.isDemanded && fit.share >= 0.5 && ownLaw == nil && !looksTrained
  }
}
