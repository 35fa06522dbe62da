using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api.Forms;

/// <summary>Where a form came from; the words of an error depend on it.</summary>
enum FormSource
{
    Body,
    Query,
}

/// <summary>
/// <c>application/x-www-form-urlencoded</c> (WHATWG URL, section 5.1), but strict where that is forgiving: a broken escape or
/// broken UTF-8 is an error and not a guess, since a guessed number would be sent a message.
/// </summary>
static class FormParser
{
    const int StackBytes = 256;

    static readonly SearchValues<byte> Escapes = SearchValues.Create("%+"u8);

    // Everything below space but \t, \r and \n; and DEL.
    static readonly SearchValues<byte> Controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    public static FormResult Parse(ReadOnlySpan<byte> text, FormSource source)
    {
        if (text.IsEmpty)
        {
            return Form.Empty;
        }

        if (source == FormSource.Body && text[0] == '{')
        {
            // curl -d '{…}' says it is a form. No parameter of ours starts so, and "To is missing" would send its author the wrong way.
            return Malformed(source, "This looks like JSON. Send form fields, for example To=%2B14155550123&Channel=sms.");
        }

        var pairs = new KeyValuePair<string, string>[Math.Min(text.Count((byte)'&') + 1, Form.MaxPairs)];
        var count = 0;
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'&');
            var pair = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (pair.IsEmpty)
            {
                continue;
            }

            if (count == Form.MaxPairs)
            {
                return Malformed(source, $"More than {Form.MaxPairs} parameters.", "too_many_parameters");
            }

            var equals = pair.IndexOf((byte)'=');
            var name = equals < 0 ? pair : pair[..equals];
            if (KnownNames.Find(name) is not { } key && Decode(name, out key!) != Problem.None)
            {
                return Malformed(source, "A parameter's name has a broken percent escape, is not UTF-8 or holds control characters.");
            }

            switch (Decode(equals < 0 ? default : pair[(equals + 1)..], out var value))
            {
                case Problem.Escape:
                    return Malformed(source, "A value has a % that two hex digits do not follow. Write % itself as %25.").With("parameter", EchoedText.Of(key, 64));
                case Problem.Utf8:
                    return Malformed(source, "A value is not UTF-8.").With("parameter", EchoedText.Of(key, 64));
                case Problem.Control:
                    return ApiErrors.InvalidParameter(key, value, "control_characters", "Control characters other than tab and line ends are not accepted.");
            }

            pairs[count++] = new(key, value);
        }

        return count == 0 ? Form.Empty : new Form(pairs, count);
    }

    public static ApiError Malformed(FormSource source, string explanation, string? reason = null) =>
        ApiErrors.Malformed(explanation, reason ?? (source == FormSource.Body ? "malformed_body" : "malformed_query"));

    enum Problem
    {
        None,
        Escape,
        Utf8,
        Control,
    }

    static Problem Decode(ReadOnlySpan<byte> encoded, out string value)
    {
        value = "";
        if (encoded.IsEmpty)
        {
            return Problem.None;
        }

        if (encoded.IndexOfAny(Escapes) < 0)
        {
            return ToText(encoded, out value);
        }

        byte[]? rented = null;
        var buffer = encoded.Length <= StackBytes ? stackalloc byte[StackBytes] : (rented = ArrayPool<byte>.Shared.Rent(encoded.Length));
        try
        {
            return Unescape(encoded, buffer, out var written) ? ToText(buffer[..written], out value) : Problem.Escape;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    static bool Unescape(ReadOnlySpan<byte> encoded, Span<byte> buffer, out int written)
    {
        written = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var current = encoded[i];
            if (current == '+')
            {
                current = (byte)' ';
            }
            else if (current == '%')
            {
                if (i + 2 >= encoded.Length || !char.IsAsciiHexDigit((char)encoded[i + 1]) || !char.IsAsciiHexDigit((char)encoded[i + 2]))
                {
                    return false;
                }

                current = (byte)((HexValue(encoded[i + 1]) << 4) | HexValue(encoded[i + 2]));
                i += 2;
            }

            buffer[written++] = current;
        }

        return true;
    }

    static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    // Utf8.IsValid refuses overlong forms and surrogates (CESU-8) as RFC 3629 does.
    static Problem ToText(ReadOnlySpan<byte> bytes, out string value)
    {
        var ascii = Ascii.IsValid(bytes);
        if (!ascii && !Utf8.IsValid(bytes))
        {
            value = "";
            return Problem.Utf8;
        }

        value = ascii ? Encoding.ASCII.GetString(bytes) : Encoding.UTF8.GetString(bytes);
        return bytes.ContainsAny(Controls) || (!ascii && HasHighControl(value)) ? Problem.Control : Problem.None;
    }

    static bool HasHighControl(string value) => value.AsSpan().ContainsAnyInRange('\u0080', '\u009f');
}
