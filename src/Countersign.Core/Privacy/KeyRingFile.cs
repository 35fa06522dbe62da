using System.Text.Json;
using System.Text.Json.Nodes;

namespace Countersign.Core.Privacy;

/// <summary>The key ring on disk: one JSON file, mode 0600, made on the first start.</summary>
public static class KeyRingFile
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode AnyoneElse =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Opens the ring, or makes one with a fresh key where there is none.</summary>
    /// <exception cref="KeyRingException">The file may be read by others, or not by us, or is not a key ring, or none can be made.</exception>
    public static KeyRing LoadOrCreate(string path, RandomSource random, TimeProvider time)
    {
        if (!Exists(path))
        {
            RefuseLost(path);
            var document = new JsonObject { ["active"] = 1, ["index"] = 1, ["keys"] = new JsonArray(NewKey(1, random, time)) };
            Touch(path, "made", () => MakeUnlessThere(path, document, random));
        }

        return Load(path);
    }

    /// <summary>Whether there is one.</summary>
    /// <exception cref="KeyRingException">One may not look.</exception>
    public static bool Exists(string path) => Touch(path, "read", () =>
    {
        try
        {
            // Unlike File.Exists this tells apart what is not there from what the system does not let us see.
            return !File.GetAttributes(path).HasFlag(FileAttributes.Directory);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    });

    /// <summary>Says what to do where the ring is missing and there is data beside the place that it has.</summary>
    /// <exception cref="KeyRingException">So it is.</exception>
    public static void RefuseLost(string path)
    {
        if (!Exists(path) && Touch(path, "made", () => Directory.Exists(Path.GetDirectoryName(path)) && Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*.db").Any()))
        {
            throw new KeyRingException($"There is data beside it, but no key ring at {path}. Restore it from a backup: without it nothing stored can be read. A new one is only made where there is no data.");
        }
    }

    /// <summary>Opens a ring that must be there.</summary>
    /// <exception cref="KeyRingException">The file is missing, may be read by others, or not by us, or is not a key ring.</exception>
    public static KeyRing Load(string path)
    {
        var document = Read(path);
        try
        {
            var keys = document["keys"]!.AsArray()
                .Select(key => (key!["id"]!.GetValue<int>(), Convert.FromBase64String(key["secret"]!.GetValue<string>())))
                .ToList();
            return new KeyRing(keys, document["active"]!.GetValue<int>(), document["index"]!.GetValue<int>());
        }
        catch (Exception problem) when (problem is InvalidOperationException or FormatException or NullReferenceException or ArgumentException)
        {
            // Note: the inner exception is left out on purpose; a parser's message may quote what it read.
            throw new KeyRingException($"{path} is not a key ring. Restore it from a backup: without it nothing stored can be read.");
        }
    }

    /// <summary>Adds a fresh key and makes it the active one; older keys stay for what was made with them. Returns the new key's id.</summary>
    /// <exception cref="KeyRingException">As of <see cref="Load"/>; or the file cannot be written, and is as it was.</exception>
    public static int Rotate(string path, RandomSource random, TimeProvider time)
    {
        _ = Load(path);
        var document = Read(path);
        var keys = document["keys"]!.AsArray();
        var id = keys.Max(key => key!["id"]!.GetValue<int>()) + 1;
        keys.Add(NewKey(id, random, time));
        document["active"] = id;
        Touch(path, "written", () => Replace(path, document));
        return id;
    }

    static JsonObject NewKey(int id, RandomSource random, TimeProvider time)
    {
        var secret = new byte[RingKey.SecretBytes];
        random.Fill(secret);
        return new JsonObject
        {
            ["id"] = id,
            ["created"] = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", null),
            ["secret"] = Convert.ToBase64String(secret),
        };
    }

    static JsonObject Read(string path)
    {
        if (!Exists(path))
        {
            throw new KeyRingException($"There is no key ring at {path}. Name the server's with --Countersign:KeyRing or --Countersign:DataDirectory, or restore it from a backup; a first start of the server makes one.");
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & AnyoneElse) != 0)
        {
            throw new KeyRingException($"{path} can be read by others. It holds the keys to every stored number: run  chmod 600 {path}  and start again; if others may have read it, rotate the key too.");
        }

        try
        {
            return JsonNode.Parse(Touch(path, "read", () => File.ReadAllBytes(path))) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new KeyRingException($"{path} is not a key ring. Restore it from a backup: without it nothing stored can be read.");
        }
    }

    static void Touch(string path, string what, Action work) => Touch(path, what, () =>
    {
        work();
        return true;
    });

    /// <summary>Does something with the file, and says what to do where the system does not let it.</summary>
    static T Touch<T>(string path, string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DirectoryNotFoundException)
        {
            throw new KeyRingException($"The key ring {path} cannot be {what}: there is no directory {Path.GetDirectoryName(path)}. Make it, or name another file with --Countersign:KeyRing.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new KeyRingException(
                $"The key ring {path} cannot be {what}: the user {Environment.UserName} may not, in the file or in its directory. Run this as the user that owns them, or give them to that user (chown). Nothing was changed.");
        }
        catch (IOException problem)
        {
            throw new KeyRingException($"The key ring {path} cannot be {what}: {problem.Message}. See that its disk has room and can be written to. Nothing was changed.");
        }
    }

    /// <summary>Of several that start together on one path the first makes the ring, and the others go by that. Each writes beside it by a name of its own, or one would put in place what another has half written.</summary>
    static void MakeUnlessThere(string path, JsonObject document, RandomSource random)
    {
        Span<byte> name = stackalloc byte[8];
        random.Fill(name);
        var beside = $"{path}.{Convert.ToHexStringLower(name)}.new";
        try
        {
            WriteNew(beside, document);
            NewFile.Put(beside, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another was first.
        }
        finally
        {
            File.Delete(beside);
        }
    }

    static void Replace(string path, JsonObject document)
    {
        // A crash half-way must leave the old ring or the new one, never half of one: write beside, flush, rename.
        var beside = path + ".new";
        File.Delete(beside);
        WriteNew(beside, document);
        NewFile.Replace(beside, path);
    }

    static void WriteNew(string path, JsonObject document)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString(new JsonSerializerOptions { WriteIndented = true })));
        file.Flush(flushToDisk: true);
    }
}

/// <summary>The key ring cannot be used. The message says why and what to do, and never holds a key.</summary>
public sealed class KeyRingException(string message) : Exception(message);
