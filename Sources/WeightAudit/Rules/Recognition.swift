extension Judgement {
  /// The scheme that was asked for, or the best of those whose signs are in the file; tried once.
  mutating func recognize() {
    guard fit == nil else { return }
    if let chosen {
      fit = SchemeFit(chosen, context, test, isWhole: true)
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
    // A library's defaults are there or not: a few that fit say nothing.
    guard best.scheme.isDemanded || best.weightShare >= 0.8 else { return }
    fit = SchemeFit(best.scheme, context, test, leftOut: claimed)
  }

  /// Whether deviations from the best fit are findings: it was asked for, or most of the file follows it.
  var demandsFit: Bool {
    guard let fit else { return false }
    return chosen != nil || fit.scheme.isDemanded && fit.share >= 0.5 && !looksTrained
  }
}
