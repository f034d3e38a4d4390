#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>

namespace tenantry::eventlog {

/// How a process ends in a test: alone, when the machine keeps every byte written; or with its
/// machine, when any part of what was not synced is gone.
enum class Death { kKilled, kPowerCut };

/// For tests: the machine's file system for RocksDB, which fails writes or syncs when it is told
/// to, or ends the process at a given operation in the middle of a write. Syncs are noted, not
/// made. A power cut takes the unsynced ends of files; files made and renamed stay. Thread-safe.
class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "FaultyFileSystem"; }

  /// After `passes` more writes, every write puts down half of its bytes and fails with `error`,
  /// until Heal.
  void FailWrites(int64_t passes, rocksdb::IOStatus error) { Set(writes_, passes, error); }
  /// The same for syncs.
  void FailSyncs(int64_t passes, rocksdb::IOStatus error) { Set(syncs_, passes, error); }

  /// Nothing fails any more.
  void Heal() {
    std::lock_guard lock(mutex_);
    writes_.error = syncs_.error = rocksdb::IOStatus::OK();
  }

  /// Ends the process at operation number `operation`, counted from 1.
  void DieAt(int64_t operation, Death death, uint64_t seed) {
    std::lock_guard lock(mutex_);
    die_at_ = operation;
    death_ = death;
    random_.seed(seed);
  }

  /// Operations that changed something, and those that failed, so far.
  int64_t operations() const { return Read(operations_); }
  int64_t failed() const { return Read(failed_); }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override {
    std::lock_guard lock(mutex_);
    if (rocksdb::IOStatus asked = Ask(writes_); !asked.ok()) return asked;
    rocksdb::IOStatus made = target()->NewWritableFile(name, options, file, context);
    if (made.ok()) {
      files_[name] = Sizes();
      *file = std::make_unique<File>(*this, name, std::move(*file));
    }
    return made;
  }
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* context) override {
    rocksdb::IOStatus made = target()->NewDirectory(name, options, directory, context);
    if (made.ok()) *directory = std::make_unique<Directory>(*this, std::move(*directory));
    return made;
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    std::lock_guard lock(mutex_);
    if (rocksdb::IOStatus asked = Ask(writes_); !asked.ok()) return asked;
    if (auto moved = files_.extract(from); !moved.empty()) files_[to] = moved.mapped();
    return target()->RenameFile(from, to, options, context);
  }
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    std::lock_guard lock(mutex_);
    CountOperation();
    files_.erase(name);
    return target()->DeleteFile(name, options, context);
  }

 private:
  struct Script {
    int64_t passes = 0;
    rocksdb::IOStatus error;
  };
  struct Sizes {
    uint64_t written = 0;
    uint64_t synced = 0;
  };

  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(FaultyFileSystem& system, std::string name, std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileOwnerWrapper(std::move(file)), system_(system), name_(std::move(name)) {}

    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override {
      std::lock_guard lock(system_.mutex_);
      const auto put = [&](size_t bytes) {
        const rocksdb::Slice part(data.data(), bytes);
        rocksdb::IOStatus put = target()->Append(part, options, context);
        if (put.ok()) system_.files_[name_].written += bytes;
        return put;
      };
      system_.CountOperation(
          [&] { put(system_.random_() % (data.size() + 1)).PermitUncheckedError(); });
      rocksdb::IOStatus asked = system_.AskScript(system_.writes_);
      if (asked.ok()) return put(data.size());
      put(data.size() / 2).PermitUncheckedError();
      return asked;
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      std::lock_guard lock(system_.mutex_);
      if (rocksdb::IOStatus asked = system_.Ask(system_.syncs_); !asked.ok()) return asked;
      Sizes& sizes = system_.files_[name_];
      sizes.synced = sizes.written;
      return rocksdb::IOStatus::OK();
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* context) override {
      return Sync(options, context);
    }
    rocksdb::IOStatus RangeSync(uint64_t, uint64_t, const rocksdb::IOOptions&,
                                rocksdb::IODebugContext*) override {
      return rocksdb::IOStatus::OK();
    }

   private:
    FaultyFileSystem& system_;
    const std::string name_;
  };

  class Directory final : public rocksdb::FSDirectoryWrapper {
   public:
    Directory(FaultyFileSystem& system, std::unique_ptr<rocksdb::FSDirectory> directory)
        : FSDirectoryWrapper(std::move(directory)), system_(system) {}

    rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return Ask();
    }
    rocksdb::IOStatus FsyncWithDirOptions(const rocksdb::IOOptions&, rocksdb::IODebugContext*,
                                          const rocksdb::DirFsyncOptions&) override {
      return Ask();
    }

   private:
    rocksdb::IOStatus Ask() {
      std::lock_guard lock(system_.mutex_);
      return system_.Ask(system_.syncs_);
    }

    FaultyFileSystem& system_;
  };

  void Set(Script& script, int64_t passes, const rocksdb::IOStatus& error) {
    std::lock_guard lock(mutex_);
    script.passes = passes;
    script.error = error;
  }
  int64_t Read(const int64_t& count) const {
    std::lock_guard lock(mutex_);
    return count;
  }

  rocksdb::IOStatus Ask(Script& script) {
    CountOperation();
    return AskScript(script);
  }
  rocksdb::IOStatus AskScript(Script& script) {
    if (script.error.ok() || script.passes-- > 0) return rocksdb::IOStatus::OK();
    ++failed_;
    return script.error;
  }
  void CountOperation() {
    CountOperation([] {});
  }
  template <typename LastAct>
  void CountOperation(const LastAct& last_act) {
    if (++operations_ != die_at_) return;
    last_act();
    for (const auto& [name, sizes] : files_) {
      if (death_ == Death::kKilled || sizes.synced == sizes.written) continue;
      const uint64_t left = sizes.synced + random_() % (sizes.written - sizes.synced + 1);
      if (truncate(name.c_str(), static_cast<off_t>(left)) != 0) _exit(1);
    }
    kill(getpid(), SIGKILL);
    while (true) pause();
  }

  mutable std::mutex mutex_;
  Script writes_, syncs_;
  std::map<std::string, Sizes> files_;
  int64_t operations_ = 0;
  int64_t failed_ = 0;
  int64_t die_at_ = 0;
  Death death_ = Death::kKilled;
  std::mt19937_64 random_;
};

}  // namespace tenantry::eventlog
