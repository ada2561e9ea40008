import TensorKernels
import Testing

/// The reference implementation's vectors (Aumasson and Bernstein, vectors.h; checked with OpenSSL's SIPHASH): key 00..0f,
/// messages 00, 01, 02, ...
@Suite struct SipHashTests {
  @Test(arguments: [
    (0, 0x726f_db47_dd0e_0e31 as UInt64), (1, 0x74f8_39c5_93dc_67fd), (7, 0xab02_00f5_8b01_d137), (8, 0x93f5_f579_9a93_2462),
    (15, 0xa129_ca61_49be_45e5),
  ])
  func publishedVectors(length: Int, hash: UInt64) {
    let message = (0..<length).map { UInt8($0) }
    #expect(SipHash.hash(message, key: (low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)) == hash)
  }
}
