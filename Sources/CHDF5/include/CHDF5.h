#ifndef INITSCOPE_CHDF5_H
#define INITSCOPE_CHDF5_H

// The process that reads HDF5 files: parsers of this format have a history of holes, so that a file is read where nothing
// can be opened, started or sent anywhere. See chdf5.c for what it reads and writes.

/// Reads a request from descriptor 0, and writes the arrays that it asks for to the same descriptor.
///
/// First it limits itself: memory, seconds of the processor, no file to open, no program to start. Returns the exit status:
/// 0 where everything was written, also an error message for the other side; else 1.
int initscope_hdf5_serve(void);

#endif
