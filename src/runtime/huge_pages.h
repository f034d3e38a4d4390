#pragma once

namespace tenantry::runtime {

/// Has malloc ask for huge pages where the machine gives them to who asks (transparent huge pages,
/// `madvise`): tables of many megabytes then cost fewer misses of the TLB. glibc reads
/// `glibc.malloc.hugetlb` of GLIBC_TUNABLES when a program begins and at no other time, so that
/// this begins the program anew, as the same process, with that set. It returns where it is set
/// already, be it to another value, and where the program can't begin anew. `argv` are main's. To
/// be called before anything else is done.
void BeginWithHugePages(char** argv);

}  // namespace tenantry::runtime
