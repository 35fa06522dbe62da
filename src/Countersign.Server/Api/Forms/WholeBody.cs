namespace Countersign.Server.Api.Forms;

/// <summary>Reads a body of any kind to its end.</summary>
static class WholeBody
{
    /// <summary>The bytes; null when there are more than <paramref name="max"/>.</summary>
    /// <exception cref="BadHttpRequestException">It was cut off or wrongly framed.</exception>
    public static ValueTask<byte[]?> ReadAsync(HttpRequest request, int max, CancellationToken ct) => ReadAsync(request, max, max, ct);

    /// <summary>The bytes; null when there are more than <paramref name="kept"/>, but up to <paramref name="max"/> they are read to their end all the same.</summary>
    /// <exception cref="BadHttpRequestException">It was cut off or wrongly framed.</exception>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, int max, int kept, CancellationToken ct)
    {
        if (request.ContentLength > max)
        {
            return null;
        }

        try
        {
            using var body = new MemoryStream();
            var buffer = new byte[8192];
            int read;
            long all = 0;
            while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
            {
                all += read;
                if (all > max)
                {
                    return null;
                }

                if (all <= kept)
                {
                    body.Write(buffer, 0, read);
                }
            }

            return all > kept ? null : body.ToArray();
        }
        catch (IOException broken) when (broken is not BadHttpRequestException && !ct.IsCancellationRequested)
        {
            // Thrown for a chunk size that no number holds.
            throw new BadHttpRequestException("The body was wrongly framed.", broken);
        }
    }
}
