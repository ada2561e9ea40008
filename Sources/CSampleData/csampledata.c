#include "csampledata.h"

// `#embed` is C23; clang has it in every mode and warns below C23.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char digits[] = {
#embed "../../Fixtures/datasets/digits.csv.gz"
};

static const unsigned char iris[] = {
#embed "../../Fixtures/datasets/iris.csv"
};

#pragma clang diagnostic pop

const unsigned char *csampledata_digits(size_t *size) {
  *size = sizeof digits;
  return digits;
}

const unsigned char *csampledata_iris(size_t *size) {
  *size = sizeof iris;
  return iris;
}
