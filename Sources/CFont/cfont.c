#include "cfont.h"

// `#embed` is C23; clang has it in every mode and warns below C23.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"

const unsigned char cfont_inter_regular[] = {
#embed "Inter-Regular.otf"
};

const unsigned char cfont_inter_semibold[] = {
#embed "Inter-SemiBold.otf"
};

#pragma clang diagnostic pop

const size_t cfont_inter_regular_size = sizeof cfont_inter_regular;
const size_t cfont_inter_semibold_size = sizeof cfont_inter_semibold;
