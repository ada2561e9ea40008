// Layers by oneDNN's primitives. Only this target knows which version of the library is installed.
#ifndef INITSCOPE_ONEDNN_LAYERS_H
#define INITSCOPE_ONEDNN_LAYERS_H

// The library's version, 1000000 major + 1000 minor + patch.
int initscope_onednn_version(void);

#endif
