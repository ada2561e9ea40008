import Diagnosis
import NetworkGraph
import TestSupport
import Testing

/// Kurtosis of normals cut on both sides alike, against mpmath's integrals (Fixtures/reference/special_functions.py).
@Suite struct SamplingErrorTests {
  struct Fixture: Decodable { var cutNormalKurtosis: [[Double]] }

  @Test func cutNormals() throws {
    let rows = try Repository.reference("special_functions.json", as: Fixture.self).cutNormalKurtosis
    #expect(rows.count == 10)
    for row in rows {
      let law = WeightLaw.truncatedNormal(mean: 0, std: 1, low: -row[0], high: row[0])
      // Two differences of terms of size 3 leave 1.8: at the narrowest cut 1 - 2 b phi / Z is 0.08 of its terms, squared.
      #expect(abs(SamplingError.kurtosis(law) / row[1] - 1) < 1e-12, "\(row)")
    }
    #expect(SamplingError.kurtosis(.truncatedNormal(mean: 0, std: 1, low: -1e100, high: 1e100)) == 3)
  }
}
