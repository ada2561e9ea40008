#include "onednn_layers.h"

#include <oneapi/dnnl/dnnl.h>

int initscope_onednn_version(void) {
  const dnnl_version_t *v = dnnl_version();
  return 1000000 * v->major + 1000 * v->minor + v->patch;
}
