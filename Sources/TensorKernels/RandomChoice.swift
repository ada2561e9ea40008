extension UInt32 {
  /// A random word as a whole number on `0..<bound`, by multiply and shift (Lemire 2019).
  ///
  /// Its bias is at most `bound / 2^32` of a number's probability, far below what a batch, a split or an epoch could show.
  package func number(below bound: Int) -> Int {
    // In Swift a shift binds more tightly than a product.
    Int((UInt64(self) * UInt64(bound)) >> 32)
  }
}

extension Array {
  /// One step of Fisher and Yates's shuffle, from the front: puts one of the elements from `place` on, chosen by a random
  /// word, at `place`.
  package mutating func shuffleStep(at place: Int, _ word: UInt32) {
    swapAt(place, place + word.number(below: count - place))
  }

  /// The elements after as many steps of Fisher and Yates's shuffle as there are words, or elements: the first places hold
  /// a choice without repetition, each as likely.
  package func shuffled(by words: some Sequence<UInt32>) -> [Element] {
    var order = self
    for (place, word) in zip(0..<count, words) { order.shuffleStep(at: place, word) }
    return order
  }
}

extension RandomStream {
  /// The stream's first `count` words.
  package func words(_ count: Int) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: count)
    words.withUnsafeMutableBufferPointer { fillWords($0) }
    return words
  }

  /// `places` of the numbers `0..<count`, all of them where none are asked for, in a random order.
  package func order(_ count: Int, places: Int? = nil) -> ArraySlice<Int> {
    let places = places ?? count
    return Array(0..<count).shuffled(by: words(places)).prefix(places)
  }
}
