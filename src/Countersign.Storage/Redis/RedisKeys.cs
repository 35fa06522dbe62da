using System.Buffers.Binary;
using System.Text;
using Countersign.Core;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>The names of keys. See <c>verification.lua</c>.</summary>
sealed class RedisKeys
{
    readonly byte[][] _tags;
    readonly int _mask;

    public RedisKeys(string prefix, int groups)
    {
        _mask = groups - 1;
        _tags = [.. Enumerable.Range(0, groups).Select(group => Encoding.UTF8.GetBytes($"{{{prefix}:{group}}}"))];
    }

    public int Groups => _tags.Length;

    /// <summary>The group of a key of a destination, or of a SID: both carry the shard.</summary>
    public int GroupOf(UInt128 value) => Sid.ShardOf(value) & _mask;

    /// <summary>The hash tag of a group, which its keys begin with.</summary>
    public byte[] Tag(int group) => _tags[group];

    public byte[] ByKey(UInt128 key) => Name((byte)'d', key);

    public byte[] BySid(Sid sid) => Name((byte)'v', sid.Value);

    public RedisKey Of(int group, string name) => Encoding.UTF8.GetString(_tags[group]) + ":" + name;

    byte[] Name(byte kind, UInt128 value)
    {
        var tag = _tags[GroupOf(value)];
        var name = new byte[tag.Length + 3 + 16];
        tag.CopyTo(name, 0);
        (name[tag.Length], name[tag.Length + 1], name[tag.Length + 2]) = ((byte)':', kind, (byte)':');
        BinaryPrimitives.WriteUInt128BigEndian(name.AsSpan(tag.Length + 3), value);
        return name;
    }
}
