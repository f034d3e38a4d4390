// Gives the precompiled header targets a source to compile.
