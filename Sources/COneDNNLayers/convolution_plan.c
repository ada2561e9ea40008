// One pass of a convolution as a value that threads can share: primitives and layouts, but no memory.
//
// Where a pass prefers a blocked layout, a reorder stands before or after it; the copies lie in the caller's workspace.
#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

#include "onednn_layers.h"

// libgomp's, which oneDNN brings; its header is outside the compiler's reach.
extern int omp_get_max_threads(void) __attribute__((weak));
extern void omp_set_num_threads(int count) __attribute__((weak));

enum { SOURCE, WEIGHTS, BIAS, TARGET, ARGUMENTS };
enum { FLOATS_PER_LINE = 16 };

typedef struct {
  dnnl_memory_desc_t plain, blocked;
  dnnl_primitive_t reorder;  // NULL where the layouts agree
  size_t offset;             // of the blocked copy in the workspace
  size_t scratch;            // of the reorder's scratch memory
  dnnl_memory_desc_t scratch_layout;
} argument;

struct initscope_convolution_plan {
  dnnl_engine_t engine;
  dnnl_primitive_t primitive;
  int pass, has_bias;
  argument arguments[ARGUMENTS];
  dnnl_memory_desc_t scratchpad;
  size_t scratchpad_offset, floats;
};

#define TRY(call)                                \
  do {                                           \
    dnnl_status_t status_ = (call);              \
    if (status_ != dnnl_success) return status_; \
  } while (0)

void initscope_convolution_plan_destroy(initscope_convolution_plan *p) {
  if (!p) return;
  for (int a = 0; a < ARGUMENTS; a++) {
    if (p->arguments[a].reorder) dnnl_primitive_destroy(p->arguments[a].reorder);
  }
  if (p->primitive) dnnl_primitive_destroy(p->primitive);
  if (p->engine) dnnl_engine_destroy(p->engine);
  free(p);
}

// A place for `bytes` in the workspace, on a cache line of its own.
static size_t reserve(initscope_convolution_plan *p, size_t bytes) {
  const size_t offset = p->floats, floats = (bytes + sizeof(float) - 1) / sizeof(float);
  p->floats += (floats + FLOATS_PER_LINE - 1) / FLOATS_PER_LINE * FLOATS_PER_LINE;
  return offset;
}

static int is_written(int pass, int which) {
  switch (pass) {
    case INITSCOPE_CONVOLUTION_FORWARD: return which == TARGET;
    case INITSCOPE_CONVOLUTION_INPUT_GRADIENT: return which == SOURCE;
    default: return which == WEIGHTS;
  }
}

static dnnl_status_t own_scratch(dnnl_primitive_attr_t *attributes) {
  TRY(dnnl_primitive_attr_create(attributes));
  return dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
}

static dnnl_status_t prepare(initscope_convolution_plan *p, int which, const dnnl_memory_desc_t *wanted) {
  argument *a = &p->arguments[which];
  a->blocked = *wanted;
  if (dnnl_memory_desc_equal(&a->plain, wanted)) return dnnl_success;
  a->offset = reserve(p, dnnl_memory_desc_get_size(wanted));
  const int out = is_written(p->pass, which);
  dnnl_primitive_attr_t attributes;
  TRY(own_scratch(&attributes));
  dnnl_primitive_desc_t descriptor;
  dnnl_status_t status = dnnl_reorder_primitive_desc_create(&descriptor, out ? wanted : &a->plain, p->engine,
                                                            out ? &a->plain : wanted, p->engine, attributes);
  dnnl_primitive_attr_destroy(attributes);
  TRY(status);
  a->scratch_layout = *dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
  a->scratch = reserve(p, dnnl_memory_desc_get_size(&a->scratch_layout));
  status = dnnl_primitive_create(&a->reorder, descriptor);
  dnnl_primitive_desc_destroy(descriptor);
  return status;
}

static dnnl_status_t make(initscope_convolution_plan *p, const initscope_convolution_geometry *g) {
  TRY(dnnl_engine_create(&p->engine, dnnl_cpu, 0));
  const int rank = g->axes + 2, is_grouped = g->groups > 1;
  dnnl_dims_t source = {g->batch, g->input_channels}, target = {g->batch, g->output_channels};
  dnnl_dims_t weights = {g->output_channels, g->input_channels};
  if (is_grouped) {
    weights[0] = g->groups;
    weights[1] = g->output_channels / g->groups;
    weights[2] = g->input_channels / g->groups;
  }
  dnnl_dims_t strides, dilations, before, after;
  const dnnl_dims_t bias = {g->output_channels};
  for (int d = 0; d < g->axes; d++) {
    source[2 + d] = g->input[d];
    target[2 + d] = g->output[d];
    weights[(is_grouped ? 3 : 2) + d] = g->kernel[d];
    strides[d] = g->stride[d];
    dilations[d] = g->dilation[d] - 1;  // oneDNN counts the gaps
    before[d] = g->before[d];
    after[d] = g->after[d];
  }
  const dnnl_format_tag_t image = g->axes == 3 ? dnnl_ncdhw : g->channels_last ? dnnl_nhwc : dnnl_nchw;
  const dnnl_format_tag_t filter =
      g->axes == 3 ? (is_grouped ? dnnl_goidhw : dnnl_oidhw) : (is_grouped ? dnnl_goihw : dnnl_oihw);
  dnnl_memory_desc_t open[ARGUMENTS];
  argument *a = p->arguments;
  TRY(dnnl_memory_desc_init_by_tag(&a[SOURCE].plain, rank, source, dnnl_f32, image));
  TRY(dnnl_memory_desc_init_by_tag(&a[TARGET].plain, rank, target, dnnl_f32, image));
  TRY(dnnl_memory_desc_init_by_tag(&a[WEIGHTS].plain, rank + is_grouped, weights, dnnl_f32, filter));
  TRY(dnnl_memory_desc_init_by_tag(&a[BIAS].plain, 1, bias, dnnl_f32, dnnl_x));
  TRY(dnnl_memory_desc_init_by_tag(&open[SOURCE], rank, source, dnnl_f32, dnnl_format_tag_any));
  TRY(dnnl_memory_desc_init_by_tag(&open[TARGET], rank, target, dnnl_f32, dnnl_format_tag_any));
  TRY(dnnl_memory_desc_init_by_tag(&open[WEIGHTS], rank + is_grouped, weights, dnnl_f32, dnnl_format_tag_any));

  dnnl_convolution_desc_t d;
  TRY(dnnl_dilated_convolution_forward_desc_init(&d, dnnl_forward_training, dnnl_convolution_direct, &open[SOURCE],
                                                 &open[WEIGHTS], p->has_bias ? &a[BIAS].plain : NULL, &open[TARGET],
                                                 strides, dilations, before, after));
  dnnl_primitive_attr_t attributes;
  TRY(own_scratch(&attributes));
  dnnl_primitive_desc_t forward = NULL, made = NULL;
  dnnl_status_t status = dnnl_primitive_desc_create(&forward, &d, attributes, p->engine, NULL);
  if (status == dnnl_success && p->pass == INITSCOPE_CONVOLUTION_FORWARD) {
    made = forward;
    forward = NULL;
  } else if (status == dnnl_success) {
    status = p->pass == INITSCOPE_CONVOLUTION_INPUT_GRADIENT
                 ? dnnl_dilated_convolution_backward_data_desc_init(&d, dnnl_convolution_direct, &open[SOURCE],
                                                                    &open[WEIGHTS], &open[TARGET], strides, dilations,
                                                                    before, after)
                 : dnnl_dilated_convolution_backward_weights_desc_init(&d, dnnl_convolution_direct, &open[SOURCE],
                                                                       &open[WEIGHTS], NULL, &open[TARGET], strides,
                                                                       dilations, before, after);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(&made, &d, attributes, p->engine, forward);
  }
  dnnl_primitive_attr_destroy(attributes);
  if (forward) dnnl_primitive_desc_destroy(forward);
  TRY(status);

  const int is_input = p->pass == INITSCOPE_CONVOLUTION_INPUT_GRADIENT;
  const int is_weight = p->pass == INITSCOPE_CONVOLUTION_WEIGHT_GRADIENT;
  const dnnl_query_t of_source = is_input ? dnnl_query_diff_src_md : dnnl_query_src_md;
  const dnnl_query_t of_weights = is_weight ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
  const dnnl_query_t of_target = is_input || is_weight ? dnnl_query_diff_dst_md : dnnl_query_dst_md;
  status = prepare(p, SOURCE, dnnl_primitive_desc_query_md(made, of_source, 0));
  if (status == dnnl_success) status = prepare(p, WEIGHTS, dnnl_primitive_desc_query_md(made, of_weights, 0));
  if (status == dnnl_success) status = prepare(p, TARGET, dnnl_primitive_desc_query_md(made, of_target, 0));
  if (status == dnnl_success) {
    p->scratchpad = *dnnl_primitive_desc_query_md(made, dnnl_query_scratchpad_md, 0);
    p->scratchpad_offset = reserve(p, dnnl_memory_desc_get_size(&p->scratchpad));
    status = dnnl_primitive_create(&p->primitive, made);
  }
  dnnl_primitive_desc_destroy(made);
  return status;
}

initscope_convolution_plan *initscope_convolution_plan_create(const initscope_convolution_geometry *geometry, int pass) {
  initscope_convolution_plan *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->pass = pass;
  p->has_bias = geometry->has_bias && pass == INITSCOPE_CONVOLUTION_FORWARD;
  // A plan for a team would cut sums by the team's size.
  const int has_team = omp_get_max_threads && omp_set_num_threads, threads = has_team ? omp_get_max_threads() : 1;
  if (has_team) omp_set_num_threads(1);
  const dnnl_status_t status = make(p, geometry);
  if (has_team) omp_set_num_threads(threads);
  if (status == dnnl_success) return p;
  initscope_convolution_plan_destroy(p);
  return NULL;
}

size_t initscope_convolution_plan_workspace(const initscope_convolution_plan *plan) {
  return plan->floats + FLOATS_PER_LINE;
}

// What one run makes, and lets go of at its end.
typedef struct {
  dnnl_stream_t stream;
  dnnl_memory_t plain[ARGUMENTS], blocked[ARGUMENTS], scratch[ARGUMENTS], scratchpad;
} run;

static dnnl_status_t reorder(const initscope_convolution_plan *p, run *r, int which) {
  const argument *a = &p->arguments[which];
  if (!a->reorder) return dnnl_success;
  const int out = is_written(p->pass, which);
  dnnl_exec_arg_t list[] = {{DNNL_ARG_FROM, out ? r->blocked[which] : r->plain[which]},
                            {DNNL_ARG_TO, out ? r->plain[which] : r->blocked[which]},
                            {DNNL_ARG_SCRATCHPAD, r->scratch[which]}};
  return dnnl_primitive_execute(a->reorder, r->stream, 3, list);
}

static dnnl_status_t execute(const initscope_convolution_plan *p, run *r, float *arrays[ARGUMENTS], float *workspace) {
  TRY(dnnl_stream_create(&r->stream, p->engine, dnnl_stream_default_flags));
  for (int which = 0; which < ARGUMENTS; which++) {
    if (which == BIAS && !p->has_bias) continue;
    const argument *a = &p->arguments[which];
    TRY(dnnl_memory_create(&r->plain[which], &a->plain, p->engine, arrays[which]));
    if (!a->reorder) continue;
    TRY(dnnl_memory_create(&r->blocked[which], &a->blocked, p->engine, workspace + a->offset));
    TRY(dnnl_memory_create(&r->scratch[which], &a->scratch_layout, p->engine, workspace + a->scratch));
    if (!is_written(p->pass, which)) TRY(reorder(p, r, which));
  }
  TRY(dnnl_memory_create(&r->scratchpad, &p->scratchpad, p->engine, workspace + p->scratchpad_offset));
  const int is_input = p->pass == INITSCOPE_CONVOLUTION_INPUT_GRADIENT;
  const int is_weight = p->pass == INITSCOPE_CONVOLUTION_WEIGHT_GRADIENT;
#define OF(which) (r->blocked[which] ? r->blocked[which] : r->plain[which])
  dnnl_exec_arg_t list[] = {{is_input ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, OF(SOURCE)},
                            {is_weight ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, OF(WEIGHTS)},
                            {is_input || is_weight ? DNNL_ARG_DIFF_DST : DNNL_ARG_DST, OF(TARGET)},
                            {DNNL_ARG_SCRATCHPAD, r->scratchpad},
                            {DNNL_ARG_BIAS, OF(BIAS)}};
#undef OF
  TRY(dnnl_primitive_execute(p->primitive, r->stream, p->has_bias ? 5 : 4, list));
  TRY(reorder(p, r, is_input ? SOURCE : is_weight ? WEIGHTS : TARGET));
  return dnnl_stream_wait(r->stream);
}

int initscope_convolution_plan_run(const initscope_convolution_plan *p, float *x, float *w, const float *b, float *y,
                                   float *workspace) {
  // oneDNN's kernels load whole cache lines of what is theirs.
  const uintptr_t line = FLOATS_PER_LINE * sizeof(float), address = (uintptr_t)workspace;
  float *aligned = (float *)((address + line - 1) / line * line);
  run r = {0};
  float *arrays[ARGUMENTS] = {[SOURCE] = x, [WEIGHTS] = w, [BIAS] = (float *)b, [TARGET] = y};
  const dnnl_status_t status = execute(p, &r, arrays, aligned);
  for (int which = 0; which < ARGUMENTS; which++) {
    if (r.plain[which]) dnnl_memory_destroy(r.plain[which]);
    if (r.blocked[which]) dnnl_memory_destroy(r.blocked[which]);
    if (r.scratch[which]) dnnl_memory_destroy(r.scratch[which]);
  }
  if (r.scratchpad) dnnl_memory_destroy(r.scratchpad);
  if (r.stream) dnnl_stream_destroy(r.stream);
  return status;
}
