using Countersign.Core.Verifications;
using Countersign.Storage.Steps;

namespace Countersign.Storage.Redis;

/// <summary>One entry's part of a call of the step function: the operation's letter and its arguments, see <c>verification.lua</c>.</summary>
readonly struct StepCommand
{
    static readonly byte[] OpG = [(byte)'G'], OpV = [(byte)'V'], OpN = [(byte)'N'], OpR = [(byte)'R'], OpC = [(byte)'C'], OpL = [(byte)'L'];

    readonly ReadOnlyMemory<byte>[] _arguments;

    StepCommand(params ReadOnlyMemory<byte>[] arguments) => _arguments = arguments;

    public int Arguments => _arguments.Length;

    /// <summary>The verification whose place a new one takes, as it ends by that; empty where it does not.</summary>
    public ReadOnlyMemory<byte> Ended => _arguments[0].Equals(OpR.AsMemory()) ? _arguments[8] : default;

    public void WriteTo(RespWriter writer)
    {
        foreach (var argument in _arguments)
        {
            writer.Bulk(argument.Span);
        }
    }

    public static StepCommand Read(VerificationStep step, RedisKeys keys) => step.VerificationSid is { } sid
        ? BySid(sid, keys)
        : new StepCommand(OpG, keys.ByKey(VerificationStep.KeyOf(step.ServiceSid, step.Destination)));

    public static StepCommand BySid(Core.Sid sid, RedisKeys keys) => new(OpV, keys.BySid(sid), Bytes(sid.Value));

    /// <summary>Keeps a verification where there is none, or in the place of another.</summary>
    public static StepCommand Start(StoredVerification? replaced, UInt128 key, byte[] blob, byte[] life, byte[]? ended, Core.Sid sid, RedisKeys keys, StepExtras extras) =>
        replaced is null
            ? new StepCommand(OpN, keys.ByKey(key), blob, life, keys.BySid(sid), Bytes(key), extras.Message, extras.Due, extras.Alarm)
            : new StepCommand(
                OpR, keys.ByKey(key), Prefix(replaced), blob, life, keys.BySid(sid), Bytes(key), keys.BySid(replaced.Verification.Sid), ended ?? ReadOnlyMemory<byte>.Empty,
                extras.Message, extras.Due, extras.Alarm);

    /// <summary>Keeps a change. With <paramref name="life"/> it is kept for so long from now on.</summary>
    public static StepCommand Change(StoredVerification before, byte[] blob, byte[]? life, RedisKeys keys, StepExtras extras)
    {
        var (place, bySid) = ((RedisPlace)before.Place!, keys.BySid(before.Verification.Sid));
        return place.Kind switch
        {
            RedisPlaceKind.ByKey when life is null => new StepCommand(OpC, keys.ByKey(place.Key), Prefix(before), blob, extras.Message, extras.Due, extras.Alarm),
            RedisPlaceKind.ByKey => new StepCommand(OpL, keys.ByKey(place.Key), Prefix(before), blob, life, bySid, extras.Message, extras.Due, extras.Alarm),
            RedisPlaceKind.BySid when life is null => new StepCommand(OpC, bySid, Prefix(before), blob, extras.Message, extras.Due, extras.Alarm),
            RedisPlaceKind.BySid => new StepCommand(OpL, bySid, Prefix(before), blob, life, ReadOnlyMemory<byte>.Empty, extras.Message, extras.Due, extras.Alarm),
            _ => new StepCommand(OpL, bySid, ReadOnlyMemory<byte>.Empty, blob, life, ReadOnlyMemory<byte>.Empty, extras.Message, extras.Due, extras.Alarm),
        };
    }

    static ReadOnlyMemory<byte> Prefix(StoredVerification stored) => ((RedisPlace)stored.Place!).Blob.AsMemory(0, VerificationBlob.PrefixLength);

    static byte[] Bytes(UInt128 value)
    {
        var bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return bytes;
    }
}

/// <summary>What is kept together with a verification; empty for none.</summary>
readonly record struct StepExtras(byte[] Message, byte[] Due, byte[] Alarm);
