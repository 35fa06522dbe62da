namespace Countersign.Server.Api.Forms;

/// <summary>Reads a body of any kind to its end.</summary>
static class WholeBody
{
    /// <summary>The bytes; null when there are more than <paramref name="max"/>.</summary>
    /// <exception cref="BadHttpRequestException">It was cut off or wrongly framed.</exception>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, int max, CancellationToken ct)
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
            while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
            {
                if (body.Length + read > max)
                {
                    return null;
                }

                body.Write(buffer, 0, read);
            }

            return body.ToArray();
        }
        catch (IOException broken) when (broken is not BadHttpRequestException && !ct.IsCancellationRequested)
        {
            // Thrown for a chunk size that no number holds.
            throw new BadHttpRequestException("The body was wrongly framed.", broken);
        }
    }
}
