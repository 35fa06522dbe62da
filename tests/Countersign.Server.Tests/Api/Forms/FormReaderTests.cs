using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Countersign.Server.Api.Forms;
using Countersign.Server.Tests.Running;
using CsCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Countersign.Server.Tests.Api.Forms;

public sealed class FormReaderTests
{
    const string FormType = "application/x-www-form-urlencoded";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FormType)]
    [InlineData("Application/X-WWW-Form-URLencoded")]
    [InlineData(FormType + "; charset=utf-8")]
    [InlineData(FormType + ";charset=UTF-8")]
    [InlineData(FormType + "; charset=\"utf-8\"")]
    [InlineData(FormType + "; Charset=us-ascii")]
    [InlineData(FormType + "; boundary=x")]
    public async Task A_form_in_UTF_8_is_read(string contentType)
    {
        var result = await FormReader.ReadAsync(Request("To=%2B14155550123", contentType), Ct);

        Assert.Equal("+14155550123", result.Form!["To"]);
    }

    [Theory]
    [InlineData("application/json", "not_a_form")]
    [InlineData("multipart/form-data; boundary=x", "not_a_form")]
    [InlineData("text/plain", "not_a_form")]
    [InlineData("nonsense", "not_a_form")]
    [InlineData(FormType + "; charset=utf-16", "unsupported_charset")]
    [InlineData(FormType + "; charset=iso-8859-1", "unsupported_charset")]
    [InlineData(null, "missing_content_type")]
    public async Task Anything_else_is_an_unsupported_media_type(string? contentType, string reason)
    {
        var error = (await FormReader.ReadAsync(Request("To=1", contentType), Ct)).Error!;

        Assert.Equal((415, reason), (error.Status, error.Details!.Reason));
    }

    [Fact]
    public async Task A_compressed_form_is_an_unsupported_media_type()
    {
        var request = Request("To=1", FormType);
        request.Headers.ContentEncoding = "gzip";

        Assert.Equal("unsupported_encoding", (await FormReader.ReadAsync(request, Ct)).Error!.Details!.Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_empty_body_needs_no_type(bool lengthKnown)
    {
        var request = Request("", null);
        request.ContentLength = lengthKnown ? 0 : null;

        Assert.Equal(0, (await FormReader.ReadAsync(request, Ct)).Form!.Count);
    }

    [Fact]
    public async Task A_body_at_the_limit_is_read()
    {
        var value = new string('a', FormReader.MaxBytes - 3);

        Assert.Equal(value, (await FormReader.ReadAsync(Request("To=" + value, FormType), Ct)).Form!["To"]);
    }

    [Fact]
    public async Task A_body_that_announces_too_much_is_refused_unread()
    {
        var request = Request("", FormType);
        request.ContentLength = FormReader.MaxBytes + 1;
        request.Body = new NeverRead();

        Assert.Equal(413, (await FormReader.ReadAsync(request, Ct)).Error!.Status);
    }

    [Fact]
    public async Task An_endless_body_of_unknown_length_is_refused_soon_after_the_limit()
    {
        var endless = new Endless();
        var reader = PipeReader.Create(endless);

        var result = await FormReader.ReadAsync(reader, null, Ct);

        Assert.Equal(413, result.Error!.Status);
        Assert.InRange(endless.Given, FormReader.MaxBytes, 2 * FormReader.MaxBytes);
    }

    [Fact]
    public async Task A_body_is_done_at_its_declared_length_though_the_pipe_stays_open()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("To=1"u8.ToArray(), Ct);

        Assert.Equal("1", (await FormReader.ReadAsync(pipe.Reader, 4, Ct)).Form!["To"]);
    }

    [Fact]
    public async Task A_cancelled_read_is_an_exception_and_not_a_form()
    {
        var pipe = new Pipe();
        pipe.Reader.CancelPendingRead();

        await Assert.ThrowsAsync<OperationCanceledException>(() => FormReader.ReadAsync(pipe.Reader, null, Ct).AsTask());
    }

    [Fact]
    public async Task Cut_at_any_byte_a_body_reads_the_same()
    {
        var body = "To=%2B14155550123&Channel=sms&Payee=caf%C3%A9+\u00e9"u8.ToArray();
        var whole = Form.Parse(body).Form!.Pairs.ToArray();

        for (var at = 0; at <= body.Length; at++)
        {
            var cut = await FormReader.ReadAsync(new SegmentedReader(body, [at]), null, Ct);
            Assert.Equal(whole, cut.Form!.Pairs.ToArray());
        }
    }

    [Fact]
    public async Task Cut_anywhere_any_bytes_read_the_same() =>
        await Gen.Select(FormGen.Body, Gen.Int[0, 300].Array[0, 6]).SampleAsync(async (body, cuts) =>
        {
            var whole = Form.Parse(body);

            var cut = await FormReader.ReadAsync(new SegmentedReader(body, cuts), null, Ct);

            Assert.Equal(whole.Error?.Message, cut.Error?.Message);
            Assert.Equal(whole.Form?.Pairs.ToArray(), cut.Form?.Pairs.ToArray());
        });

    [Fact]
    public async Task Kestrel_hands_over_forms_however_they_are_framed()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapPost("/", async (HttpRequest request, CancellationToken ct) =>
            (await FormReader.ReadAsync(request, ct)).TryGet(out var form, out var error) ? Results.Text($"{form.Count}:{form["To"]}") : error);
        await app.StartAsync(Ct);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        Assert.Equal("1:+1", await Post(Form("To=%2B1")));
        Assert.Equal("1:+1", await Post(Form("To=%2B1"), chunked: true));
        Assert.Equal("0:", await Post(null));
        Assert.Contains("20413", await Post(Form("To=" + new string('a', 1 << 20)), chunked: true));
        Assert.Contains("20413", await Post(Form("To=" + new string('a', 1 << 20))));
        Assert.Contains("20415", await Post(new StringContent("{}", Encoding.UTF8, "application/json")));

        static HttpContent Form(string body) => new StringContent(body, Encoding.ASCII, new MediaTypeHeaderValue(FormType));

        async Task<string> Post(HttpContent? content, bool chunked = false)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = content };
            request.Headers.TransferEncodingChunked = chunked;
            using var response = await http.SendAsync(request, Ct);
            return await response.Content.ReadAsStringAsync(Ct);
        }
    }

    [Fact]
    public async Task A_broken_chunk_is_the_callers_fault()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapPost("/", async (HttpRequest request, CancellationToken ct) => (IResult?)(await FormReader.ReadAsync(request, ct)).Error ?? Results.Ok());
        await app.StartAsync(Ct);
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.First()).Port, Ct);

        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {FormType}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nTo=1"), Ct);
        var answer = await new StreamReader(client.GetStream()).ReadToEndAsync(Ct);

        Assert.StartsWith("HTTP/1.1 400", answer);
        Assert.Contains("malformed_body", answer);
    }

    [Theory]
    [InlineData("", "malformed_body")]
    [InlineData("yz&Channel=sms", "2:abcxyz")]
    public async Task A_form_that_comes_in_parts_is_read_and_one_that_ends_early_leaves_no_complaint_in_the_log(string rest, string read)
    {
        var (reads, outcome) = (new SemaphoreSlim(0), new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
        var logs = new CapturedLogs();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Use((HttpContext context, RequestDelegate next) =>
        {
            context.Features.Set<IRequestBodyPipeFeature>(new WatchedBody(context.Request.BodyReader, reads));
            return next(context);
        });
        app.MapPost("/", async (HttpRequest request) =>
            outcome.SetResult((await FormReader.ReadAsync(request, Ct)).TryGet(out var form, out var error) ? $"{form.Count}:{form["To"]}" : error.Details!.Reason));
        await app.StartAsync(Ct);
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.First()).Port, Ct);
        var stream = client.GetStream();

        // Each part is sent once the server waits for it.
        await SendAsync($"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {FormType}\r\nContent-Length: 21\r\n\r\n");
        foreach (var part in new[] { "To=abc", "x" }.Append(rest).Where(part => part.Length > 0))
        {
            Assert.True(await reads.WaitAsync(RunningServer.Patience, Ct));
            await SendAsync(part);
        }

        if (rest.Length == 0)
        {
            Assert.True(await reads.WaitAsync(RunningServer.Patience, Ct));
            client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        }

        Assert.Equal(read, await outcome.Task.WaitAsync(RunningServer.Patience, Ct));

        // What is left of a body Kestrel looks at behind the handler, so that the stop waits for it.
        await app.StopAsync(Ct);
        Assert.DoesNotContain(logs.Lines, line => line.Level >= LogLevel.Warning);

        async Task SendAsync(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text), Ct);
    }

    /// <summary>A request's body that says when it is asked for more.</summary>
    sealed class WatchedBody(PipeReader body, SemaphoreSlim reads) : PipeReader, IRequestBodyPipeFeature
    {
        public PipeReader Reader => this;

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var read = body.ReadAsync(cancellationToken);
            reads.Release();
            return read;
        }

        public override bool TryRead(out ReadResult result) => body.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => body.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => body.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => body.CancelPendingRead();

        public override void Complete(Exception? exception = null) => body.Complete(exception);
    }

    static HttpRequest Request(string body, string? contentType)
    {
        var request = new DefaultHttpContext().Request;
        var bytes = Encoding.UTF8.GetBytes(body);
        request.Body = new MemoryStream(bytes);
        request.ContentLength = bytes.Length;
        request.ContentType = contentType;
        return request;
    }
}
