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
    /// <exception cref="KeyRingException">The file may be read by others, or is not a key ring.</exception>
    public static KeyRing LoadOrCreate(string path, RandomSource random, TimeProvider time)
    {
        if (!File.Exists(path))
        {
            if (Directory.Exists(Path.GetDirectoryName(path)) && Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*.db").Any())
            {
                throw new KeyRingException($"There is data beside it, but no key ring at {path}. Restore it from a backup: without it nothing stored can be read. A new one is only made where there is no data.");
            }

            var document = new JsonObject { ["active"] = 1, ["index"] = 1, ["keys"] = new JsonArray(NewKey(1, random, time)) };
            Write(path, document, overwrite: false);
        }

        return Load(path);
    }

    /// <summary>Opens a ring that must be there.</summary>
    /// <exception cref="KeyRingException">The file is missing, may be read by others, or is not a key ring.</exception>
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
    public static int Rotate(string path, RandomSource random, TimeProvider time)
    {
        _ = Load(path);
        var document = Read(path);
        var keys = document["keys"]!.AsArray();
        var id = keys.Max(key => key!["id"]!.GetValue<int>()) + 1;
        keys.Add(NewKey(id, random, time));
        document["active"] = id;
        Write(path, document, overwrite: true);
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
        if (!File.Exists(path))
        {
            throw new KeyRingException($"There is no key ring at {path}.");
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & AnyoneElse) != 0)
        {
            throw new KeyRingException($"{path} can be read by others. It holds the keys to every stored number: run  chmod 600 {path}  and start again; if others may have read it, rotate the key too.");
        }

        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new KeyRingException($"{path} is not a key ring. Restore it from a backup: without it nothing stored can be read.");
        }
    }

    static void Write(string path, JsonObject document, bool overwrite)
    {
        // A crash half-way must leave the old ring or the new one, never half of one: write beside, flush, rename.
        var beside = path + ".new";
        File.Delete(beside);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var file = new FileStream(beside, options))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString(new JsonSerializerOptions { WriteIndented = true })));
            file.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite);
    }
}

/// <summary>The key ring cannot be used. The message says why and what to do, and never holds a key.</summary>
public sealed class KeyRingException(string message) : Exception(message);
