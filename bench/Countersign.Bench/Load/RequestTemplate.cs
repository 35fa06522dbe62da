using System.Globalization;
using System.Text;

namespace Countersign.Bench.Load;

/// <summary>A POST as bytes, with the headers of Twilio's SDKs. Digits are written over its holes, which have a fixed length, so that nothing is built per request.</summary>
sealed class RequestTemplate
{
    readonly byte[] _bytes;
    readonly int _body;

    /// <summary>Credentials are user and secret with a colon between; the body is the form, with zeros where digits go.</summary>
    public RequestTemplate(string host, string path, string credentials, string body)
    {
        var head = $"""
            POST {path} HTTP/1.1
            Host: {host}
            Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}
            User-Agent: twilio-node/5.10.0 (linux x64) node/v22.0.0
            Accept: application/json
            Accept-Charset: utf-8
            Content-Type: application/x-www-form-urlencoded
            Content-Length: {Encoding.UTF8.GetByteCount(body).ToString(CultureInfo.InvariantCulture)}


            """.ReplaceLineEndings("\r\n");
        _bytes = Encoding.UTF8.GetBytes(head + body);
        _body = head.Length;
    }

    /// <summary>A copy for one connection to write its digits into.</summary>
    public byte[] Copy() => [.. _bytes];

    /// <summary>Where in the bytes the text right after a text of the body begins.</summary>
    public int OffsetAfter(string text) =>
        _body + Encoding.UTF8.GetString(_bytes, _body, _bytes.Length - _body).IndexOf(text, StringComparison.Ordinal) + text.Length;

    /// <summary>Writes digits, with leading zeros.</summary>
    public static void WriteDigits(Span<byte> into, long value)
    {
        for (var i = into.Length - 1; i >= 0; i--)
        {
            into[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
