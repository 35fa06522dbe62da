using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery.Simulation;

namespace Countersign.Server.Simulator.Smsc;

/// <summary>Joins the parts of long texts (3GPP TS 23.040, 9.2.3.24). One session's; not for several threads at once. Bounded: the oldest unfinished text makes room.</summary>
sealed class PartsBox
{
    const int MaxUnfinished = 1000;

    // In the order in which they were begun.
    readonly OrderedDictionary<string, Unfinished> _unfinished = [];

    /// <summary>Reads one submit_sm's text, and where it stands among others. Null for what is no text or wrongly headed.</summary>
    public static PartText? Read(SubmitSm submit)
    {
        var octets = submit.Content.Span;
        if ((submit.EsmClass & EsmClass.HasUserDataHeader) == 0)
        {
            return TextOf(octets, submit.DataCoding, 0) is { } whole ? new PartText(whole, null, 1, 1) : null;
        }

        if (octets.Length == 0 || octets[0] + 1 > octets.Length)
        {
            return null;
        }

        var header = octets[1..(octets[0] + 1)];
        if (TextOf(octets[(octets[0] + 1)..], submit.DataCoding, octets[0] + 1) is not { } text)
        {
            return null;
        }

        while (header.Length >= 2 && header[1] + 2 <= header.Length)
        {
            var element = header[0];
            var value = header.Slice(2, header[1]);
            if ((element == 0 && value.Length == 3) || (element == 8 && value.Length == 4))
            {
                var key = $"{submit.Source.Value}>{submit.Destination.Value}:{element}:{Convert.ToHexString(value[..^2])}:{value[^2]}";
                return value[^2] > 0 && value[^1] is var number and > 0 && number <= value[^2] ? new PartText(text, key, number, value[^2]) : null;
            }

            header = header[(2 + header[1])..];
        }

        return new PartText(text, null, 1, 1);
    }

    /// <summary>What was decided of a text some of whose parts came before; null for a new one.</summary>
    public SimulationPlan? PlanOf(PartText part) => part.Key is { } key && _unfinished.TryGetValue(key, out var begun) ? begun.Plan : null;

    /// <summary>Puts a part to the others; the whole text once all are there.</summary>
    public string? Add(PartText part, SimulationPlan plan)
    {
        if (part.Key is not { } key)
        {
            return part.Text;
        }

        if (!_unfinished.TryGetValue(key, out var begun))
        {
            if (_unfinished.Count == MaxUnfinished)
            {
                _unfinished.RemoveAt(0);
            }

            _unfinished.Add(key, begun = new Unfinished(plan, new string?[part.Total]));
        }

        begun.Parts[part.Number - 1] = part.Text;
        if (Array.Exists(begun.Parts, text => text is null))
        {
            return null;
        }

        _unfinished.Remove(key);
        return string.Concat(begun.Parts);
    }

    /// <summary>In the default alphabet an octet above 0x7F says that septets are packed: unpacked ones have none.</summary>
    static string? TextOf(ReadOnlySpan<byte> octets, byte dataCoding, int headerOctets) =>
        dataCoding == 0 && octets.ContainsAnyInRange((byte)0x80, (byte)0xFF)
            ? SmppText.Decode(Septets.Unpack(octets, headerOctets), 0)
            : SmppText.Decode(octets, dataCoding);

    sealed record Unfinished(SimulationPlan Plan, string?[] Parts);
}

/// <summary>A part of a text: number <paramref name="Number"/> of <paramref name="Total"/>.</summary>
/// <param name="Text">Its own share.</param>
/// <param name="Key">What its siblings share; null where it stands alone.</param>
/// <param name="Number">From 1.</param>
/// <param name="Total">1 to 255.</param>
sealed record PartText(string Text, string? Key, int Number, int Total)
{
    /// <summary>Shows no text.</summary>
    public override string ToString() => $"part {Number} of {Total}";
}
