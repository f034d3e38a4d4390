#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tenantry::metastore::sqlite {

/// How a process ends in a test: alone, when the machine keeps every byte written; or with its
/// machine, when the later part of each file's writes since its last sync is gone.
enum class Death { kKilled, kPowerCut };

/// For tests: a file system of SQLite's that passes everything on to the usual one, but fails
/// writes or syncs when it is told to, or ends the process at a given operation in the middle of a
/// write. Syncs are noted, not made. While it lives, files that SQLite opens use it. One at a time;
/// not to be destroyed before the files are closed.
class FaultyVfs {
 public:
  FaultyVfs() {
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "tenantry-faulty";
    vfs_.szOsFile += static_cast<int>(sizeof(File));
    vfs_.pAppData = this;
    vfs_.xOpen = Open;
    vfs_.xDelete = Delete;
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

  /// Ends the process at operation number `operation`, counted from now, from 1. From then on the
  /// files are used by one thread.
  void DieAt(int64_t operation, Death death, uint64_t seed) {
    operations_ = 0;
    die_at_ = operation;
    death_ = death;
    random_.seed(seed);
  }

  /// Calls that failed so far.
  int failed() const { return failed_; }

  /// Operations so far, or since DieAt: writes, truncations, syncs and deletions.
  int64_t operations() const { return operations_; }

 private:
  struct Script {
    std::atomic<int> passes = 0;
    std::atomic<int> code = SQLITE_OK;
  };
  // Ours stands before the usual file, whose bytes follow it.
  struct File {
    sqlite3_file base;
    FaultyVfs* vfs;
    const char* name;  // SQLite's, valid while the file is open
    sqlite3_io_methods methods;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  // What takes a write back: the bytes that stood there, and how long the file was.
  struct Undo {
    sqlite3_int64 at = 0;
    std::string bytes;
    sqlite3_int64 size = 0;
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
    ours->name = name;
    ours->methods = PassingMethods(ours->real()->pMethods->iVersion);
    ours->base.pMethods = &ours->methods;
    return opened;
  }

  static int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    auto* self = static_cast<FaultyVfs*>(vfs->pAppData);
    self->CountOperation([] {});
    self->unsynced_.erase(name);
    return self->real_->xDelete(self->real_, name, sync_folder);
  }

  template <typename LastAct>
  void CountOperation(const LastAct& last_act) {
    if (++operations_ != die_at_) return;
    last_act();
    for (auto& [name, undos] : unsynced_) {
      const int file = open(name.c_str(), O_WRONLY);
      const size_t kept = random_() % (undos.size() + 1);
      for (; file >= 0 && undos.size() > kept; undos.pop_back()) {
        const Undo& undo = undos.back();
        if (pwrite(file, undo.bytes.data(), undo.bytes.size(), undo.at) < 0) _exit(1);
        if (ftruncate(file, undo.size) != 0) _exit(1);
      }
    }
    kill(getpid(), SIGKILL);
    while (true) pause();
  }

  // Notes what stands where `size` bytes are to be written, or cut off.
  void Remember(sqlite3_file* file, sqlite3_int64 at, sqlite3_int64 size) {
    if (die_at_ == 0 || death_ == Death::kKilled || Of(file)->name == nullptr) return;
    Undo undo;
    undo.at = at;
    Real(file)->pMethods->xFileSize(Real(file), &undo.size);
    undo.bytes.resize(static_cast<size_t>(std::clamp<sqlite3_int64>(undo.size - at, 0, size)));
    Real(file)->pMethods->xRead(Real(file), undo.bytes.data(), static_cast<int>(undo.bytes.size()),
                                at);
    unsynced_[Of(file)->name].push_back(std::move(undo));
  }

  static int Write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
    FaultyVfs& self = *Of(f)->vfs;
    self.Remember(f, at, size);
    const auto write = [&](int bytes) {
      return Real(f)->pMethods->xWrite(Real(f), from, bytes, at);
    };
    self.CountOperation([&] { write(static_cast<int>(self.random_() % (size + 1ULL))); });
    const int code = self.Ask(self.writes_);
    return code != SQLITE_OK ? code : write(size);
  }
  static int Truncate(sqlite3_file* f, sqlite3_int64 size) {
    sqlite3_int64 before = 0;
    Real(f)->pMethods->xFileSize(Real(f), &before);
    if (size < before) Of(f)->vfs->Remember(f, size, before - size);
    Of(f)->vfs->CountOperation([] {});
    return Real(f)->pMethods->xTruncate(Real(f), size);
  }
  static int Sync(sqlite3_file* f, int) {
    FaultyVfs& self = *Of(f)->vfs;
    self.CountOperation([] {});
    const int code = self.Ask(self.syncs_);
    if (code == SQLITE_OK && Of(f)->name != nullptr) self.unsynced_.erase(Of(f)->name);
    return code;
  }

  // Every method calls the usual file's, writes and syncs after asking.
  static sqlite3_io_methods PassingMethods(int version) {
    sqlite3_io_methods methods{};
    methods.iVersion = version < 2 ? version : 2;  // no memory mapping
    methods.xClose = [](sqlite3_file* f) { return Real(f)->pMethods->xClose(Real(f)); };
    methods.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
      return Real(f)->pMethods->xRead(Real(f), to, size, at);
    };
    methods.xWrite = Write;
    methods.xTruncate = Truncate;
    methods.xSync = Sync;
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
  std::atomic<int64_t> operations_ = 0;
  int64_t die_at_ = 0;
  Death death_ = Death::kKilled;
  std::map<std::string, std::vector<Undo>> unsynced_;
  std::mt19937_64 random_;
};

}  // namespace tenantry::metastore::sqlite
