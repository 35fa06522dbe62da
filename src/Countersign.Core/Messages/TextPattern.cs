namespace Countersign.Core.Messages;

/// <summary>A text with <c>{{placeholders}}</c>, cut into its parts once so that writing a message only copies.</summary>
sealed class TextPattern
{
    readonly Part[] parts;

    TextPattern(Part[] parts)
    {
        this.parts = parts;
        CodeCount = parts.Count(part => part.Slot == Slot.Code);
        FriendlyNameCount = parts.Count(part => part.Slot == Slot.FriendlyName);
        Names = [.. parts.Where(part => part.Slot == Slot.Named).Select(part => part.Text).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>How often the code is written.</summary>
    public int CodeCount { get; }

    /// <summary>How often it is written who asks.</summary>
    public int FriendlyNameCount { get; }

    /// <summary>The placeholders other than the name and the code, each once.</summary>
    public string[] Names { get; }

    /// <summary>Null if a <c>{{</c> has no end or encloses no name. A name is of ASCII letters, digits and <c>_</c>, spaces around it ignored.</summary>
    public static TextPattern? TryParse(string text)
    {
        var parts = new List<Part>();
        var at = 0;
        while (at < text.Length)
        {
            var open = text.IndexOf("{{", at, StringComparison.Ordinal);
            if (open < 0)
                break;
            var close = text.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
                return null;
            var name = text[(open + 2)..close].Trim();
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
                return null;
            if (open > at)
                parts.Add(new Part(Slot.Literal, text[at..open]));
            parts.Add(new Part(SlotOf(name), name));
            at = close + 2;
        }

        if (at < text.Length)
            parts.Add(new Part(Slot.Literal, text[at..]));
        return new TextPattern([.. parts]);
    }

    /// <summary>Whether every placeholder has a value. Allocates nothing.</summary>
    public bool IsFilledBy(MessageRequest request)
    {
        foreach (var name in Names)
        {
            if (request.ValueOf(name) is null)
                return false;
        }

        return true;
    }

    /// <summary>Writes the text; a value is copied as it is, never searched for placeholders. Call only if <see cref="IsFilledBy"/>.</summary>
    public void AppendTo(ref TextBuffer buffer, MessageRequest request)
    {
        foreach (var part in parts)
        {
            buffer.Append(part.Slot switch
            {
                Slot.FriendlyName => request.FriendlyName,
                Slot.Code => request.Code.Reveal(),
                Slot.Named => request.ValueOf(part.Text),
                _ => part.Text,
            });
        }
    }

    /// <summary>The text with each placeholder's value, copied as it is: for what is written less often than a short message.</summary>
    /// <param name="valueOf">Gives the value of a name, <c>friendly_name</c> and <c>code</c> among them.</param>
    public string Fill(Func<string, string> valueOf) =>
        string.Concat(parts.Select(part => part.Slot == Slot.Literal ? part.Text : valueOf(part.Text)));

    /// <summary>What stands before and after the code, filled as by <see cref="Fill"/>. Call only if <see cref="CodeCount"/> is 1.</summary>
    public (string Before, string After) FillAround(Func<string, string> valueOf)
    {
        var code = Array.FindIndex(parts, part => part.Slot == Slot.Code);
        return (Join(parts[..code]), Join(parts[(code + 1)..]));

        string Join(Part[] some) => string.Concat(some.Select(part => part.Slot == Slot.Literal ? part.Text : valueOf(part.Text)));
    }

    static Slot SlotOf(string name) => name switch
    {
        "friendly_name" => Slot.FriendlyName,
        "code" => Slot.Code,
        _ => Slot.Named,
    };

    enum Slot : byte
    {
        Literal,
        FriendlyName,
        Code,
        Named,
    }

    readonly record struct Part(Slot Slot, string Text);
}
