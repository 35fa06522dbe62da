using System.Globalization;
using System.Text;
using QRCoder;

namespace Countersign.Server.Api;

/// <summary>A QR code as a picture that a page can show as it is: SVG in a data URI, one path, with the quiet zone that cameras need.</summary>
static class QrPicture
{
    const int QuietZone = 4;

    public static string DataUriOf(string text)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M, forceUtf8: true);
        return "data:image/svg+xml;base64," + Convert.ToBase64String(Encoding.ASCII.GetBytes(SvgOf(code.ModuleMatrix)));
    }

    /// <summary>The rows of a code already have a quiet zone of four modules around them.</summary>
    static string SvgOf(List<System.Collections.BitArray> rows)
    {
        var size = rows.Count;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"240\" height=\"240\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">");
        svg.Append(CultureInfo.InvariantCulture, $"<path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path d=\"");
        for (var y = QuietZone; y < size - QuietZone; y++)
        {
            for (var x = 0; x < size; x++)
            {
                var start = x;
                while (x < size && rows[y][x])
                {
                    x++;
                }

                if (x > start)
                {
                    svg.Append(CultureInfo.InvariantCulture, $"M{start} {y}h{x - start}v1h-{x - start}z");
                }
            }
        }

        return svg.Append("\"/></svg>").ToString();
    }
}
