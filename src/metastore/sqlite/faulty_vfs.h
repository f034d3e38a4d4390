#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <string>

namespace tenantry::metastore::sqlite {

/// For tests: a file system of SQLite's that passes everything on to the usual one, but fails one
/// write or one sync when it is told to. While it lives, files that SQLite opens use it. One at a
/// time; not to be destroyed before the files are closed.
class FaultyVfs {
 public:
  FaultyVfs() {
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "tenantry-faulty";
    vfs_.szOsFile += static_cast<int>(sizeof(File));
    vfs_.pAppData = this;
    vfs_.xOpen = Open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FaultyVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
  }
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  /// After `passes` more writes, every write fails with `code` until Heal. The same for syncs.
  void FailWrites(int passes, int code) { Set(writes_, passes, code); }
  void FailSyncs(int passes, int code) { Set(syncs_, passes, code); }

  /// Nothing fails any more.
  void Heal() { writes_.code = syncs_.code = SQLITE_OK; }

  /// Calls that failed so far.
  int failed() const { return failed_; }

 private:
  struct Script {
    std::atomic<int> passes = 0;
    std::atomic<int> code = SQLITE_OK;
  };
  // Ours stands before the usual file, whose bytes follow it.
  struct File {
    sqlite3_file base;
    FaultyVfs* vfs;
    sqlite3_io_methods methods;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

  static void Set(Script& script, int passes, int code) {
    script.passes = passes;
    script.code = code;
  }
  int Ask(Script& script) {
    if (script.code == SQLITE_OK) return SQLITE_OK;
    if (script.passes-- > 0) return SQLITE_OK;
    ++failed_;
    return script.code;
  }

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    auto* self = static_cast<FaultyVfs*>(vfs->pAppData);
    File* ours = Of(file);
    std::memset(file, 0, sizeof(File));
    const int opened = self->real_->xOpen(self->real_, name, ours->real(), flags, out);
    if (ours->real()->pMethods == nullptr) return opened;
    ours->vfs = self;
    ours->methods = PassingMethods(ours->real()->pMethods->iVersion);
    ours->base.pMethods = &ours->methods;
    return opened;
  }

  // Every method calls the usual file's, writes and syncs after asking.
  static sqlite3_io_methods PassingMethods(int version) {
    sqlite3_io_methods methods{};
    methods.iVersion = version < 2 ? version : 2;  // no memory mapping
    methods.xClose = [](sqlite3_file* f) { return Real(f)->pMethods->xClose(Real(f)); };
    methods.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
      return Real(f)->pMethods->xRead(Real(f), to, size, at);
    };
    methods.xWrite = [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
      const int code = Of(f)->vfs->Ask(Of(f)->vfs->writes_);
      return code != SQLITE_OK ? code : Real(f)->pMethods->xWrite(Real(f), from, size, at);
    };
    methods.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      return Real(f)->pMethods->xTruncate(Real(f), size);
    };
    methods.xSync = [](sqlite3_file* f, int flags) {
      const int code = Of(f)->vfs->Ask(Of(f)->vfs->syncs_);
      return code != SQLITE_OK ? code : Real(f)->pMethods->xSync(Real(f), flags);
    };
    methods.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
      return Real(f)->pMethods->xFileSize(Real(f), size);
    };
    methods.xLock = [](sqlite3_file* f, int lock) {
      return Real(f)->pMethods->xLock(Real(f), lock);
    };
    methods.xUnlock = [](sqlite3_file* f, int lock) {
      return Real(f)->pMethods->xUnlock(Real(f), lock);
    };
    methods.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return Real(f)->pMethods->xCheckReservedLock(Real(f), out);
    };
    methods.xFileControl = [](sqlite3_file* f, int op, void* argument) {
      return Real(f)->pMethods->xFileControl(Real(f), op, argument);
    };
    methods.xSectorSize = [](sqlite3_file* f) { return Real(f)->pMethods->xSectorSize(Real(f)); };
    methods.xDeviceCharacteristics = [](sqlite3_file* f) {
      return Real(f)->pMethods->xDeviceCharacteristics(Real(f));
    };
    methods.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return Real(f)->pMethods->xShmMap(Real(f), page, size, extend, out);
    };
    methods.xShmLock = [](sqlite3_file* f, int offset, int count, int flags) {
      return Real(f)->pMethods->xShmLock(Real(f), offset, count, flags);
    };
    methods.xShmBarrier = [](sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); };
    methods.xShmUnmap = [](sqlite3_file* f, int remove) {
      return Real(f)->pMethods->xShmUnmap(Real(f), remove);
    };
    return methods;
  }
  static sqlite3_file* Real(sqlite3_file* file) { return Of(file)->real(); }

  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs vfs_{};
  Script writes_;
  Script syncs_;
  std::atomic<int> failed_ = 0;
};

}  // namespace tenantry::metastore::sqlite
