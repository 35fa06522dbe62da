using System.Text;
using System.Text.Unicode;

namespace Countersign.Server.Api.Forms;

/// <summary>
/// The parameters of one request in the order they were sent. Names are matched exactly, as Twilio's are; at most
/// <see cref="MaxPairs"/> pairs. Immutable.
/// </summary>
public sealed class Form
{
    /// <summary>Pairs that a request may carry.</summary>
    public const int MaxPairs = 100;

    // A start carries two to five pairs: an array and a linear search beat a dictionary, in time and in bytes.
    readonly KeyValuePair<string, string>[] _pairs;

    internal Form(KeyValuePair<string, string>[] pairs, int count)
    {
        _pairs = pairs;
        Count = count;
    }

    /// <summary>No parameters at all.</summary>
    public static Form Empty { get; } = new([], 0);

    /// <summary>How many pairs were sent, duplicates counted.</summary>
    public int Count { get; }

    /// <summary>All pairs in the order they were sent.</summary>
    public ReadOnlySpan<KeyValuePair<string, string>> Pairs => _pairs.AsSpan(0, Count);

    /// <summary>The first value sent under a name, possibly empty, or null if there is none.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (ref readonly var pair in Pairs)
            {
                if (pair.Key == name)
                {
                    return pair.Value;
                }
            }

            return null;
        }
    }

    /// <summary>Whether the name was sent, with a value or without.</summary>
    public bool Has(string name) => this[name] is not null;

    /// <summary>How often the name was sent.</summary>
    public int CountOf(string name)
    {
        var count = 0;
        foreach (ref readonly var pair in Pairs)
        {
            if (pair.Key == name)
            {
                count++;
            }
        }

        return count;
    }

    /// <summary>Every value sent under a name, in order; empty if there is none.</summary>
    public string[] All(string name)
    {
        var values = new string[CountOf(name)];
        var next = 0;
        foreach (ref readonly var pair in Pairs)
        {
            if (pair.Key == name)
            {
                values[next++] = pair.Value;
            }
        }

        return values;
    }

    /// <summary>
    /// The first value sent under a name that may hold a phone number, or null. A number typed into curl as
    /// <c>-d To=+1415…</c> arrives as <c>" 1415…"</c>, a plus sign being a space in a form; one space before a digit becomes the plus again.
    /// </summary>
    public string? Phone(string name) => WithPlus(this[name]);

    internal static string? WithPlus(string? value) =>
        value is [' ', >= '0' and <= '9', ..] ? string.Concat("+", value.AsSpan(1)) : value;

    /// <summary>Reads a form's bytes, without copying them; they are not kept.</summary>
    public static FormResult Parse(ReadOnlySpan<byte> body) => FormParser.Parse(body, FormSource.Body);

    /// <summary>Reads the query string by the rules that hold for bodies, for the <c>PageSize</c> and filters of a GET.</summary>
    public static FormResult FromQuery(HttpRequest request)
    {
        var query = request.QueryString.Value;
        if (query is null or { Length: < 2 })
        {
            return Empty;
        }

        if (query.Length > FormReader.MaxBytes)
        {
            return FormParser.Malformed(FormSource.Query, "The query is too long.");
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(query.Length)];
        var status = Utf8.FromUtf16(query.AsSpan(1), bytes, out _, out var written, replaceInvalidSequences: false);
        return status == System.Buffers.OperationStatus.Done
            ? FormParser.Parse(bytes.AsSpan(0, written), FormSource.Query)
            : FormParser.Malformed(FormSource.Query, "The query is not valid text.");
    }
}
