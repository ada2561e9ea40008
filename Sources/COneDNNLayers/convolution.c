// Convolution by oneDNN 2's primitives, in the memory layouts that it prefers for each pass.
//
// The user's arrays are plain. Where a pass prefers a blocked layout, a reorder of ours stands before or after it. Copies
// that two passes can share are made once: backward finds the source as the forward pass laid it out, and both gradients
// read one copy of the gradient where their layouts agree.
#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

#include "onednn_layers.h"

#if DNNL_VERSION_MAJOR >= 3
#error "written for oneDNN 2: version 3 has no operation descriptors. Create the primitive descriptors here directly."
#endif

// One array of one pass: the user's plain memory, and the layout that the primitive reads or writes.
typedef struct {
  dnnl_memory_t plain;
  dnnl_memory_t blocked;   // plain itself where the layouts agree
  dnnl_primitive_t reorder;  // NULL where the layouts agree
} argument;

enum { SOURCE, WEIGHTS, BIAS, TARGET, ARGUMENTS };
enum { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS, PASSES };

typedef struct {
  dnnl_primitive_t primitive;
  dnnl_memory_t scratchpad;
  argument arguments[ARGUMENTS];
} pass;

struct initscope_convolution {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  int has_bias;
  pass passes[PASSES];
  // Whether the weight gradient reads the source as the forward pass laid it out, and the gradient as the data gradient did.
  int shares_source, shares_gradient;
};

#define TRY(call)                            \
  do {                                       \
    dnnl_status_t status_ = (call);          \
    if (status_ != dnnl_success) return status_; \
  } while (0)

static void destroy_argument(argument *a) {
  if (a->reorder) dnnl_primitive_destroy(a->reorder);
  if (a->blocked && a->blocked != a->plain) dnnl_memory_destroy(a->blocked);
  if (a->plain) dnnl_memory_destroy(a->plain);
}

void initscope_convolution_destroy(initscope_convolution *c) {
  if (!c) return;
  for (int p = 0; p < PASSES; p++) {
    pass *pass = &c->passes[p];
    for (int a = 0; a < ARGUMENTS; a++) destroy_argument(&pass->arguments[a]);
    if (pass->scratchpad) dnnl_memory_destroy(pass->scratchpad);
    if (pass->primitive) dnnl_primitive_destroy(pass->primitive);
  }
  if (c->stream) dnnl_stream_destroy(c->stream);
  if (c->engine) dnnl_engine_destroy(c->engine);
  free(c);
}

// Memories for one array, and the reorder between them: to the primitive's layout for what it reads, back for what it writes.
static dnnl_status_t prepare(initscope_convolution *c, argument *a, const dnnl_memory_desc_t *user,
                             const dnnl_memory_desc_t *wanted, int is_result) {
  TRY(dnnl_memory_create(&a->plain, user, c->engine, DNNL_MEMORY_NONE));
  if (dnnl_memory_desc_equal(user, wanted)) {
    a->blocked = a->plain;
    return dnnl_success;
  }
  TRY(dnnl_memory_create(&a->blocked, wanted, c->engine, DNNL_MEMORY_ALLOCATE));
  dnnl_primitive_desc_t descriptor;
  TRY(dnnl_reorder_primitive_desc_create(&descriptor, is_result ? wanted : user, c->engine, is_result ? user : wanted,
                                         c->engine, NULL));
  dnnl_status_t status = dnnl_primitive_create(&a->reorder, descriptor);
  dnnl_primitive_desc_destroy(descriptor);
  return status;
}

// The layouts of a shape's arrays: the user's, and those in which oneDNN may choose.
typedef struct {
  dnnl_memory_desc_t user[ARGUMENTS], open[ARGUMENTS];
  dnnl_dims_t strides, dilations, before, after;
} layouts;

static dnnl_status_t describe(const initscope_convolution_shape *s, layouts *l) {
  const dnnl_format_tag_t image = s->channels_last ? dnnl_nhwc : dnnl_nchw;
  const dnnl_dims_t source = {s->batch, s->input_channels, s->input[0], s->input[1]};
  const dnnl_dims_t target = {s->batch, s->output_channels, s->output[0], s->output[1]};
  const dnnl_dims_t weights = {s->output_channels, s->input_channels, s->kernel[0], s->kernel[1]};
  const dnnl_dims_t grouped = {s->groups, s->output_channels / s->groups, s->input_channels / s->groups, s->kernel[0],
                               s->kernel[1]};
  const dnnl_dims_t bias = {s->output_channels};
  const int is_grouped = s->groups > 1;
  const struct {
    int rank;
    const int64_t *dims;
    dnnl_format_tag_t tag;
  } arrays[ARGUMENTS] = {
    [SOURCE] = {4, source, image},
    [WEIGHTS] = {is_grouped ? 5 : 4, is_grouped ? grouped : weights, is_grouped ? dnnl_goihw : dnnl_oihw},
    [BIAS] = {1, bias, dnnl_x},
    [TARGET] = {4, target, image},
  };
  for (int a = 0; a < ARGUMENTS; a++) {
    const dnnl_format_tag_t any = a == BIAS ? dnnl_x : dnnl_format_tag_any;
    TRY(dnnl_memory_desc_init_by_tag(&l->user[a], arrays[a].rank, arrays[a].dims, dnnl_f32, arrays[a].tag));
    TRY(dnnl_memory_desc_init_by_tag(&l->open[a], arrays[a].rank, arrays[a].dims, dnnl_f32, any));
  }
  for (int d = 0; d < 2; d++) {
    l->strides[d] = s->stride[d];
    l->dilations[d] = s->dilation[d] - 1;  // oneDNN counts the gaps
    l->before[d] = s->before[d];
    l->after[d] = s->after[d];
  }
  return dnnl_success;
}

// What oneDNN chooses for one pass.
static dnnl_status_t choose(dnnl_engine_t engine, int has_bias, int which, const layouts *l, dnnl_primitive_desc_t forward,
                            dnnl_primitive_desc_t *made) {
  const dnnl_memory_desc_t *open = l->open, *bias = has_bias ? &open[BIAS] : NULL;
  dnnl_convolution_desc_t d;
  switch (which) {
    case FORWARD:
      TRY(dnnl_dilated_convolution_forward_desc_init(&d, dnnl_forward_training, dnnl_convolution_direct, &open[SOURCE],
                                                     &open[WEIGHTS], bias, &open[TARGET], l->strides, l->dilations,
                                                     l->before, l->after));
      break;
    case BACKWARD_DATA:
      TRY(dnnl_dilated_convolution_backward_data_desc_init(&d, dnnl_convolution_direct, &open[SOURCE], &open[WEIGHTS],
                                                           &open[TARGET], l->strides, l->dilations, l->before, l->after));
      break;
    default:
      TRY(dnnl_dilated_convolution_backward_weights_desc_init(&d, dnnl_convolution_direct, &open[SOURCE], &open[WEIGHTS],
                                                              bias, &open[TARGET], l->strides, l->dilations, l->before,
                                                              l->after));
  }
  // Scratch of our own: oneDNN's would be taken anew for each execution on another thread.
  dnnl_primitive_attr_t attributes;
  TRY(dnnl_primitive_attr_create(&attributes));
  dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  dnnl_status_t status = dnnl_primitive_desc_create(made, &d, attributes, engine, forward);
  dnnl_primitive_attr_destroy(attributes);
  return status;
}

// The layout that a pass wants of one of its arrays.
static const dnnl_memory_desc_t *wanted(dnnl_primitive_desc_t made, int which, int array) {
  const dnnl_query_t queries[] = {
    [SOURCE] = which == BACKWARD_DATA ? dnnl_query_diff_src_md : dnnl_query_src_md,
    [WEIGHTS] = which == BACKWARD_WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md,
    [TARGET] = which == FORWARD ? dnnl_query_dst_md : dnnl_query_diff_dst_md,
  };
  return dnnl_primitive_desc_query_md(made, queries[array], 0);
}

static dnnl_status_t make_pass(initscope_convolution *c, int which, const layouts *l, dnnl_primitive_desc_t forward,
                               dnnl_primitive_desc_t *made) {
  TRY(choose(c->engine, c->has_bias, which, l, forward, made));
  pass *p = &c->passes[which];
  argument *a = p->arguments;
  TRY(prepare(c, &a[SOURCE], &l->user[SOURCE], wanted(*made, which, SOURCE), which == BACKWARD_DATA));
  TRY(prepare(c, &a[WEIGHTS], &l->user[WEIGHTS], wanted(*made, which, WEIGHTS), which == BACKWARD_WEIGHTS));
  TRY(prepare(c, &a[TARGET], &l->user[TARGET], wanted(*made, which, TARGET), which == FORWARD));
  if (c->has_bias) TRY(prepare(c, &a[BIAS], &l->user[BIAS], &l->user[BIAS], which == BACKWARD_WEIGHTS));
  TRY(dnnl_memory_create(&p->scratchpad, dnnl_primitive_desc_query_md(*made, dnnl_query_scratchpad_md, 0), c->engine,
                         DNNL_MEMORY_ALLOCATE));
  return dnnl_primitive_create(&p->primitive, *made);
}

// Whether two arguments have one layout of their own; the second then needs no reorder, nor memory.
static int share(argument *first, argument *second) {
  if (!first->reorder || !second->reorder) return 0;
  const dnnl_memory_desc_t *a, *b;
  if (dnnl_memory_get_memory_desc(first->blocked, &a) || dnnl_memory_get_memory_desc(second->blocked, &b)) return 0;
  return dnnl_memory_desc_equal(a, b);
}

static void let_go(argument *a) {
  dnnl_memory_destroy(a->blocked);
  a->blocked = a->plain;
}

initscope_convolution *initscope_convolution_create(const initscope_convolution_shape *shape) {
  initscope_convolution *c = calloc(1, sizeof *c);
  if (!c) return NULL;
  c->has_bias = shape->has_bias;
  layouts l;
  dnnl_primitive_desc_t descriptors[PASSES] = {NULL, NULL, NULL};
  dnnl_status_t status = dnnl_engine_create(&c->engine, dnnl_cpu, 0);
  if (status == dnnl_success) status = dnnl_stream_create(&c->stream, c->engine, dnnl_stream_default_flags);
  if (status == dnnl_success) status = describe(shape, &l);
  for (int p = 0; p < PASSES && status == dnnl_success; p++) {
    status = make_pass(c, p, &l, p == FORWARD ? NULL : descriptors[FORWARD], &descriptors[p]);
  }
  for (int p = 0; p < PASSES; p++) {
    if (descriptors[p]) dnnl_primitive_desc_destroy(descriptors[p]);
  }
  if (status != dnnl_success) {
    initscope_convolution_destroy(c);
    return NULL;
  }
  pass *weights = &c->passes[BACKWARD_WEIGHTS];
  c->shares_source = share(&c->passes[FORWARD].arguments[SOURCE], &weights->arguments[SOURCE]);
  c->shares_gradient = share(&c->passes[BACKWARD_DATA].arguments[TARGET], &weights->arguments[TARGET]);
  // What another pass has laid out already needs no memory here.
  if (c->shares_source) let_go(&weights->arguments[SOURCE]);
  if (c->shares_gradient) let_go(&weights->arguments[TARGET]);
  return c;
}

size_t initscope_convolution_bytes(const initscope_convolution_shape *shape) {
  layouts l;
  dnnl_engine_t engine = NULL;
  dnnl_primitive_desc_t made[PASSES] = {NULL, NULL, NULL};
  size_t bytes = 0;
  dnnl_status_t status = dnnl_engine_create(&engine, dnnl_cpu, 0);
  if (status == dnnl_success) status = describe(shape, &l);
  for (int p = 0; p < PASSES && status == dnnl_success; p++) {
    status = choose(engine, shape->has_bias, p, &l, p == FORWARD ? NULL : made[FORWARD], &made[p]);
    if (status != dnnl_success) break;
    static const int arrays[] = {SOURCE, WEIGHTS, TARGET};
    for (int k = 0; k < 3; k++) {
      const dnnl_memory_desc_t *own = wanted(made[p], p, arrays[k]);
      if (!dnnl_memory_desc_equal(&l.user[arrays[k]], own)) bytes += dnnl_memory_desc_get_size(own);
    }
    bytes += dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(made[p], dnnl_query_scratchpad_md, 0));
  }
  for (int p = 0; p < PASSES; p++) {
    if (made[p]) dnnl_primitive_desc_destroy(made[p]);
  }
  if (engine) dnnl_engine_destroy(engine);
  return bytes;
}

static dnnl_status_t run_reorder(initscope_convolution *c, argument *a, int is_result) {
  if (!a->reorder) return dnnl_success;
  dnnl_exec_arg_t both[] = {{DNNL_ARG_FROM, is_result ? a->blocked : a->plain},
                            {DNNL_ARG_TO, is_result ? a->plain : a->blocked}};
  return dnnl_primitive_execute(a->reorder, c->stream, 2, both);
}

// Points an argument at the user's array and, for what is read, lays it out.
static dnnl_status_t take(initscope_convolution *c, argument *a, const float *data) {
  TRY(dnnl_memory_set_data_handle(a->plain, (void *)data));
  return run_reorder(c, a, 0);
}

static dnnl_status_t point(argument *a, float *data) { return dnnl_memory_set_data_handle(a->plain, data); }

int initscope_convolution_forward(initscope_convolution *c, const float *x, const float *w, const float *b, float *y) {
  pass *p = &c->passes[FORWARD];
  argument *a = p->arguments;
  TRY(take(c, &a[SOURCE], x));
  TRY(take(c, &a[WEIGHTS], w));
  TRY(point(&a[TARGET], y));
  if (c->has_bias) TRY(take(c, &a[BIAS], b));
  dnnl_exec_arg_t list[] = {{DNNL_ARG_SRC, a[SOURCE].blocked},
                            {DNNL_ARG_WEIGHTS, a[WEIGHTS].blocked},
                            {DNNL_ARG_DST, a[TARGET].blocked},
                            {DNNL_ARG_SCRATCHPAD, p->scratchpad},
                            {DNNL_ARG_BIAS, a[BIAS].blocked}};
  TRY(dnnl_primitive_execute(p->primitive, c->stream, c->has_bias ? 5 : 4, list));
  TRY(run_reorder(c, &a[TARGET], 1));
  return dnnl_stream_wait(c->stream);
}

static dnnl_status_t backward_data(initscope_convolution *c, const float *g, const float *w, float *dx) {
  pass *p = &c->passes[BACKWARD_DATA];
  argument *a = p->arguments;
  TRY(take(c, &a[TARGET], g));
  TRY(take(c, &a[WEIGHTS], w));
  TRY(point(&a[SOURCE], dx));
  dnnl_exec_arg_t list[] = {{DNNL_ARG_DIFF_DST, a[TARGET].blocked},
                            {DNNL_ARG_WEIGHTS, a[WEIGHTS].blocked},
                            {DNNL_ARG_DIFF_SRC, a[SOURCE].blocked},
                            {DNNL_ARG_SCRATCHPAD, p->scratchpad}};
  TRY(dnnl_primitive_execute(p->primitive, c->stream, 4, list));
  return run_reorder(c, &a[SOURCE], 1);
}

static dnnl_status_t backward_weights(initscope_convolution *c, const float *g, const float *x, float *dw, float *db,
                                      int has_gradient) {
  pass *p = &c->passes[BACKWARD_WEIGHTS];
  argument *a = p->arguments;
  dnnl_memory_t source = c->passes[FORWARD].arguments[SOURCE].blocked;
  if (!c->shares_source) {
    TRY(take(c, &a[SOURCE], x));
    source = a[SOURCE].blocked;
  }
  argument *gradient = c->shares_gradient ? &c->passes[BACKWARD_DATA].arguments[TARGET] : &a[TARGET];
  if (!c->shares_gradient || !has_gradient) TRY(take(c, gradient, g));
  TRY(point(&a[WEIGHTS], dw));
  if (c->has_bias) TRY(point(&a[BIAS], db));
  dnnl_exec_arg_t list[] = {{DNNL_ARG_SRC, source},
                            {DNNL_ARG_DIFF_DST, gradient->blocked},
                            {DNNL_ARG_DIFF_WEIGHTS, a[WEIGHTS].blocked},
                            {DNNL_ARG_SCRATCHPAD, p->scratchpad},
                            {DNNL_ARG_DIFF_BIAS, a[BIAS].blocked}};
  TRY(dnnl_primitive_execute(p->primitive, c->stream, c->has_bias ? 5 : 4, list));
  return run_reorder(c, &a[WEIGHTS], 1);
}

int initscope_convolution_backward(initscope_convolution *c, const float *g, const float *x, const float *w, float *dx,
                                   float *dw, float *db) {
  if (dx) TRY(backward_data(c, g, w, dx));
  if (dw) TRY(backward_weights(c, g, x, dw, db, dx != NULL));
  return dnnl_stream_wait(c->stream);
}
